// Save a quick choice as soon as it is made; without this script a button does it.
document.addEventListener("change", (event) => {
  const choice = event.target;
  if (choice.matches("select[data-save]")) choice.form.requestSubmit();
});
