// Save a quick choice as soon as it is made; without this script a button does it.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-save]")) event.target.form.requestSubmit();
});
