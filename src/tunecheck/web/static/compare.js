// The voting page with keys: one key is one vote, and the next pair follows. Without this file the page is a form that
// works by itself.
import { act, byId, change, go, guide, leave, onward, say, sheet, start, store, view, write } from "/static/outbox.js";

// Nobody reads two answers in less: what comes sooner was meant for the pair before.
const LEAST_MS = 250;
const TOO_SOON = "That was faster than anybody reads, so it is no vote.";

const pressed = () => sheet().querySelector('.votes [aria-pressed="true"]');
const columns = () => [...sheet().querySelectorAll(".answer .text:not([hidden])")];
let [readyTimer, missed] = [0, null];

function mark(value) {
  for (const button of sheet().querySelectorAll(".votes button")) button.setAttribute("aria-pressed", String(button.value === value));
}

function vote(value) {
  if (!sheet().querySelector(`.votes [value="${value}"]`)) return;
  if (missed) return go(missed.next, missed.options); // The vote here is cast; this press is for going on.
  if (sheet().classList.contains("fresh")) return say(TOO_SOON, "amiss");
  if (pressed()?.value !== value) { mark(value); change(sheet().dataset.asks, value); }
  return onward();
}

function apply({ field, value }) {
  if (field === sheet().dataset.asks) mark(value);
  else if (field === "note" && byId("note")) byId("note").value = value;
}

function drawn() {
  missed = null;
  sheet().classList.add("fresh");
  clearTimeout(readyTimer);
  readyTimer = setTimeout(() => sheet().classList.remove("fresh"), LEAST_MS);
  showNoted();
}

function showNoted() {
  if (byId("note")) sheet().querySelector(".has").hidden = !byId("note").value.trim();
}

function note() {
  if (!byId("note")) return;
  byId("noted").open = true;
  write("note");
}

function diff() {
  const isOn = sheet().dataset.view === "diff";
  view(isOn ? (store.get("tunecheck:view") ?? "markdown") : "diff");
}

// Both answers go up and down together by the keys that scroll a page.
function scroll(event) {
  const parts = columns().filter((part) => part.scrollHeight > part.clientHeight + 1 && getComputedStyle(part).overflowY === "auto");
  const isElsewhere = event.target !== document.body && event.target !== byId("reading");
  if (isElsewhere || !parts.length || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 60, ArrowUp: -60, PageDown: 400, PageUp: -400, " ": event.shiftKey ? -400 : 400, End: 1e6, Home: -1e6 }[event.key];
  if (!step) return;
  event.preventDefault();
  for (const part of parts) part.scrollBy(0, Math.sign(step) * Math.min(Math.abs(step), Math.abs(step) === 400 ? part.clientHeight * 0.85 : 1e6));
}

const closeNote = () => { if (byId("noted")) byId("noted").open = false; };

start({
  words: { note: "note" },
  apply,
  drawn,
  turned: (to) => { missed = to; },
  isDone: () => Boolean(pressed()),
  saved: () => "Saved",
  back: (to) => act(() => missed === to && go(to.next, to.options)),
  left: closeNote,
  leaves: (on, name) => name.startsWith("arrow") && Boolean(on.closest(".model")),
  buttons: { left: () => vote("left"), right: () => vote("right"), tie: () => vote("tie"), both_bad: () => vote("both_bad"), skip: () => vote("skip"), unsure: () => vote("unsure"), diff, note: leave },
  acts: {
    a: () => vote("left"), arrowleft: () => vote("left"), b: () => vote("right"), arrowright: () => vote("right"),
    t: () => vote(sheet().dataset.asks === "guess" ? "unsure" : "tie"), x: () => vote("both_bad"), s: () => vote("skip"),
    n: note, d: diff, escape: () => { closeNote(); guide(false); },
  },
});

if (sheet()) {
  document.addEventListener("keydown", scroll);
  document.addEventListener("input", showNoted);
}
