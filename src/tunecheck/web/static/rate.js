// The rating page with keys: an answer's axes. Without this file the page is a form that works by itself.
import { byId, change, onward, say, sheet, start, write } from "/static/outbox.js";

const axes = () => [...document.querySelectorAll("fieldset.axis")];
const chosen = (axis) => axis.querySelector("input:checked");
const firstOpen = () => axes().findIndex((axis) => !chosen(axis));
const isDone = () => Boolean(byId("why").value.trim()) || axes().every(chosen);

// The axis that the next number is for; none at -1.
let current = 0;

function point(place, { scroll = false } = {}) {
  current = Math.min(place, axes().length - 1);
  axes().forEach((axis, at) => axis.classList.toggle("current", at === current));
  if (scroll) axes()[current]?.scrollIntoView({ block: "nearest" });
}

function apply({ field, value }) {
  if (field === "note") byId("note").value = value;
  else if (field === "blocked") { byId("why").value = value; byId("blocked").open = Boolean(value); }
  else for (const input of document.querySelectorAll(`fieldset[data-axis="${CSS.escape(field)}"] input`)) input.checked = input.value === value;
}

function rate(value) {
  const axis = axes()[current];
  if (!axis) return;
  const input = axis.querySelector(`input[value="${value}"]`);
  if (!input.checked) { input.checked = true; change(axis.dataset.axis, value); }
  const open = axes().findIndex((one, at) => at > current && !chosen(one));
  point(open < 0 ? current + 1 : open, { scroll: true });
}

function next() {
  if (isDone()) return onward();
  point(firstOpen(), { scroll: true });
  const missing = axes().filter((axis) => !chosen(axis)).map((axis) => axis.querySelector("legend").firstChild.textContent.trim());
  say(`Still without a value: ${missing.join(", ")}`, "amiss");
}

const step = (by) => point(Math.max(0, current + by), { scroll: true });

start({
  words: { note: "note", why: "blocked" },
  apply,
  drawn: () => point(firstOpen() < 0 ? axes().length - 1 : firstOpen()),
  turned: () => point(-1), // Values typed now are meant for an answer that nobody sees yet.
  isDone,
  saved: () => (!isDone() ? "Saved" : byId("why").value.trim() ? "Saved; not counted, as it cannot be judged" : "Rated and saved"),
  back: () => say("The server is back, and all is saved. Go on with Next.", "notice"),
  buttons: { next },
  acts: {
    enter: next, j: () => step(1), k: () => step(-1),
    n: () => write("note"), c: () => { byId("blocked").open = true; write("why"); },
    0: () => rate("na"), 1: () => rate("1"), 2: () => rate("2"), 3: () => rate("3"), 4: () => rate("4"), 5: () => rate("5"),
  },
});

if (sheet()) {
  document.addEventListener("change", ({ target }) => {
    const axis = target.closest("fieldset.axis");
    if (axis) { change(axis.dataset.axis, target.value); point(axes().indexOf(axis)); }
  });
  document.addEventListener("focusin", ({ target }) => { if (target.closest("fieldset.axis")) point(axes().indexOf(target.closest("fieldset.axis"))); });
}
