"use strict";
// Saves what is chosen as soon as it is chosen, and keeps what is typed. Each of these things has a
// form that does the same without a script.

const said = document.getElementById("said");

function say(words, isWrong = false) {
  said.className = isWrong ? "toast wrong" : "toast";
  said.textContent = "";
  // In a later frame, so that the same words are read out once more.
  requestAnimationFrame(() => { said.textContent = words; said.classList.add("told"); });
}

/** Send a form and return what the workspace says; throw an Error with words for a person. */
async function send(path, values) {
  let answer;
  try {
    const headers = { Accept: "application/json" };
    answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams(values) });
  } catch {
    throw new Error("the workspace does not answer. Is it still running?");
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  const words = told.problem || `the workspace answers ${answer.status}.`;
  throw Object.assign(new Error(words), { told });
}

/** Show how far the skills of a data source are after a change. */
function showSum(told) {
  const sum = told.source && document.getElementById(`sum.${told.source}`);
  if (!sum) return;
  sum.querySelector("[data-bar]").innerHTML = told.bar;
  document.getElementById(`words.${told.source}`).textContent = told.words;
}

// --- A choice: a button that opens a menu. Nothing is saved before something is chosen in it. ---

let menu = null;
let opener = null;
let saving = Promise.resolve();

function openMenu(button) {
  closeMenu();
  menu = document.getElementById(button.dataset.menu).content.firstElementChild.cloneNode(true);
  opener = button;
  for (const item of menu.children) item.setAttribute("aria-checked", item.value === button.value);
  document.body.append(menu);
  placeMenu();
  button.setAttribute("aria-expanded", "true");
  (menu.querySelector("[aria-checked=true]") || menu.firstElementChild).focus({ preventScroll: true });
}

/** Keep the menu at its button, below it where there is room. */
function placeMenu() {
  if (!menu) return;
  const box = opener.getBoundingClientRect();
  const isBelow = box.bottom + menu.offsetHeight < innerHeight || box.top < menu.offsetHeight;
  menu.style.top = `${isBelow ? box.bottom + 2 : box.top - menu.offsetHeight - 2}px`;
  menu.style.left = `${Math.max(4, Math.min(box.left, innerWidth - menu.offsetWidth - 4))}px`;
}

function closeMenu() {
  if (!menu) return;
  menu.remove();
  opener.setAttribute("aria-expanded", "false");
  menu = null;
}

function moveInMenu(event) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const last = items.length - 1;
  const next = {
    ArrowDown: at === last ? 0 : at + 1, ArrowUp: at < 1 ? last : at - 1, Home: 0, End: last,
  }[event.key];
  if (event.key === "Escape" || event.key === "Tab") {
    // Tab goes on from the button, where the menu was opened.
    opener.focus();
    closeMenu();
    if (event.key === "Escape") event.preventDefault();
  } else if (next !== undefined) {
    event.preventDefault();
    items[next].focus();
  } else if (event.key === "Enter" && event.repeat) {
    // A key held down to open the menu chooses nothing in it.
    event.preventDefault();
  } else if (event.key.length === 1 && event.key !== " ") {
    const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    const key = event.key.toLowerCase();
    order.find((item) => item.textContent.trim().toLowerCase().startsWith(key))?.focus();
  }
}

function choose(button, value) {
  button.focus();
  closeMenu();
  saving = saving.then(async () => {
    if (value === button.value) return;
    button.setAttribute("aria-busy", "true");
    try {
      const told = await send(button.dataset.page, { [`set.${button.dataset.column}`]: value });
      showChoice(button, told.values[button.dataset.column]);
      showMeaning(button, told);
      showSum(told);
      say("Saved");
    } catch (error) {
      say(`Not saved: ${error.message}`, true);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

function showChoice(button, chosen) {
  button.value = chosen.key;
  button.className = `pick scripted chip ${chosen.color}`;
  button.textContent = chosen.text || "–";
  button.setAttribute("aria-label", `${button.dataset.name}: ${chosen.text || "none"}`);
  const card = button.closest("article[data-place]");
  if (card) moveCard(card, button);
}

/** Put a card into the column of its new choice, where a fresh page would show it. */
function moveCard(card, button) {
  const columns = [...card.closest(".board").children];
  const column = columns.find((one) => one.dataset.option === button.value);
  if (!column) return;
  const hadFocus = document.activeElement === button;
  const cards = [...column.querySelectorAll("article")];
  const after = cards.find((one) => Number(one.dataset.place) > Number(card.dataset.place));
  column.insertBefore(card, after || null);
  for (const one of columns) {
    one.querySelector(".count").textContent = one.querySelectorAll("article").length;
  }
  if (hadFocus) button.focus();
}

// --- A tick: one click, saved at once, wherever the same status is shown. ---

async function tick(button) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    const form = button.closest("form");
    const told = await send(form.getAttribute("action"), new FormData(form, button));
    const isOn = button.getAttribute("aria-checked") === "true";
    // A to-do on a page says which it is; a value of a row is told by its column.
    const line = { flip: `${button.value.split(" ")[0]} ${isOn ? "on" : ""}`, meaning: isOn ? "open" : "done" };
    const chosen = button.name === "block" ? line : told.values[button.name.slice(4)];
    button.value = chosen.flip;
    if (button.name === "block") button.closest("li").classList.toggle("over", !isOn);
    button.className = `tick ${chosen.meaning}`;
    button.setAttribute("aria-checked", { done: "true", skipped: "mixed" }[chosen.meaning] || "false");
    if (chosen.text) button.title = chosen.text;
    showMeaning(button, told);
    showSum(told);
    say("Saved");
  } catch (error) {
    say(`Not saved: ${error.message}`, true);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** Note what the status of a row means now, and count the rows of its group anew. */
function showMeaning(control, told) {
  const row = control.closest("[data-meaning]");
  if (!row) return;
  row.dataset.meaning = told.meaning;
  const group = row.closest("details.group");
  const sum = group?.querySelector("[data-sum]");
  // Where not all rows are on the page, only a fresh page knows.
  if (!sum || sum.dataset.sum === "cut") return;
  const count = (meaning) => group.querySelectorAll(`[data-meaning=${meaning}]`).length;
  const all = group.querySelectorAll("[data-meaning]").length - count("skipped");
  sum.textContent = `${count("done")}/${all}`;
  const bar = group.querySelector("progress");
  if (bar) Object.assign(bar, { max: all, value: count("done") });
}

// --- A link to another row: × takes it away at once. ---

async function drop(button) {
  const group = button.closest(".field");
  try {
    const told = await send(button.dataset.page, { drop: button.value });
    button.closest(".linked").remove();
    group.querySelector(".count").textContent = told.related[button.value.split(" ")[0]];
    (group.querySelector("button.drop") || group.querySelector("input")).focus();
    say("Saved");
  } catch (error) {
    say(`Not saved: ${error.message}`, true);
  }
}

// --- A form: what is typed stays on the page until it is saved. ---

let leaving = null;

function isTyped(form) {
  if (form.querySelector("[data-unsaved]")) return true;
  return [...form.elements].some((one) => {
    if (one.matches("select")) return [...one.options].some((o) => o.selected !== o.defaultSelected);
    if (one.type === "checkbox") return one.checked !== one.defaultChecked;
    return one.matches("textarea, input:not([type=hidden])") && one.value !== one.defaultValue;
  });
}

function showProblems(form, told) {
  for (const one of form.querySelectorAll(".wrong")) one.remove();
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  for (const [column, words] of Object.entries(told.problems || {})) {
    const control = document.getElementById(`v.${column}`) || document.getElementById(`add.${column}`);
    if (!control || !form.contains(control)) continue;
    const line = document.createElement("p");
    line.className = "wrong";
    line.id = `p.${column}`;
    line.textContent = words;
    control.closest(".field").lastElementChild.append(line);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", line.id);
    const was = form.elements.namedItem(`was.${column}`);
    if (was && column in told.now) was.value = told.now[column];
  }
  form.querySelector("[aria-invalid]")?.focus();
}

async function submit(form, button) {
  const values = new FormData(form, button);
  if (form.getAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  try {
    // Not form.action: a button of that name would answer.
    const told = await send(form.getAttribute("action") || location.pathname, values);
    leaving = form;
    sessionStorage.setItem("said", "Saved");
    const there = new URL(told.go, location.href);
    if (there.pathname + there.search === location.pathname + location.search) {
      location.reload();
    } else {
      location.assign(there);
    }
  } catch (error) {
    if (error.told) showProblems(form, error.told);
    say(`Not saved: ${error.message} What you typed is still here.`, true);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const pick = event.target.closest("button.pick");
  const item = event.target.closest(".menu button");
  const cross = event.target.closest("button.drop");
  const box = event.target.closest("button.tick");
  if (item) choose(opener, item.value);
  else if (pick && pick === opener && menu) closeMenu();
  else if (pick) openMenu(pick);
  else if (cross) { event.preventDefault(); drop(cross); }
  else if (box) { event.preventDefault(); tick(box); }
});
document.addEventListener("keydown", (event) => {
  if (menu) moveInMenu(event);
  else if (event.target.matches?.("button.pick") && /^Arrow(Up|Down)$/.test(event.key)) {
    event.preventDefault();
    openMenu(event.target);
  }
});
document.addEventListener("pointerdown", (event) => {
  if (menu && !menu.contains(event.target) && !opener.contains(event.target)) closeMenu();
});
addEventListener("scroll", placeMenu, { capture: true, passive: true });
addEventListener("resize", placeMenu);
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("data-plain")) return;
  event.preventDefault();
  submit(event.target, event.submitter);
});
document.addEventListener("input", () => said.classList.remove("told"));
addEventListener("beforeunload", (event) => {
  if ([...document.forms].some((form) => form !== leaving && isTyped(form))) event.preventDefault();
});
if (sessionStorage.getItem("said")) {
  say(sessionStorage.getItem("said"));
  sessionStorage.removeItem("said");
}
