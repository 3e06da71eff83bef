// What the rating page and the voting page share: every change is kept here first, then sent, so that neither a dead
// server nor a closed browser loses one; the next pages are there before they are wanted; keys, notes, undo.
const { proof, sheet: sheetName, home, api } = document.body.dataset;
const box = `tunecheck:${sheetName}:change:`;
const policy = window.trustedTypes ? trustedTypes.createPolicy("tunecheck", { createHTML: (html) => html }) : null;
const [BREAK_MS, PATIENCE_MS, MOST_AT_ONCE] = [25 * 60 * 1000, 10000, 100];
const MOST_BYTES = 60000; // Browsers let no more than 64 KiB outlive a page.

export const byId = (id) => document.getElementById(id);
export const sheet = () => byId("sheet");
export const token = () => sheet().dataset.token;
const isText = (element) => element.matches("textarea, input:not([type=radio]):not([type=checkbox])");

// What differs between the pages, given to ``start``:
// words    the text fields by what the store calls them, and acts and buttons by the key and the value that call them
// apply    shows a change that still waits; drawn: a page was put up; turned: a key went to a page that did not come
// isDone   whether nothing is left to say here; saved: the words for a change that arrived
// back     what happens when the server is back that did not give a page; left: the focus left the text fields
// leaves   whether a key is the browser's, by what has the focus
let page = {};

// ---- what waits to be sent: one entry of localStorage a change, so that several tabs never lose each other's
const memory = new Map();
export const store = {
  put(name, text) { try { localStorage.setItem(name, text); } catch { memory.set(name, text); } },
  drop(name) { memory.delete(name); try { localStorage.removeItem(name); } catch { /* none there */ } },
  get(name) { try { return localStorage.getItem(name) ?? memory.get(name) ?? null; } catch { return memory.get(name) ?? null; } },
  names() {
    const found = [...memory.keys()];
    try { found.push(...Object.keys(localStorage)); } catch { /* none there */ }
    return found.filter((name) => name.startsWith(box)).sort();
  },
};

function waiting(most = Infinity, mostBytes = Infinity) {
  let bytes = 0;
  const found = [];
  for (const name of store.names()) {
    const text = store.get(name);
    if (text === null) continue; // Another tab has sent it meanwhile.
    bytes += text.length * 3;
    if (found.length && (found.length === most || bytes > mostBytes)) break;
    found.push([name, JSON.parse(text)]);
  }
  return found;
}

const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let clock = 0;

export function change(field, value, of = token()) {
  const key = newKey();
  clock = Math.max(clock + 1, Date.now()); // Clocks are set back at times; the order stays.
  store.put(`${box}${String(clock).padStart(15, "0")}:${key}`, JSON.stringify({ token: of, field, value, key, active_s: spent() }));
  touched.add(of);
  if (field !== "seen") { undoKey = ""; if (standing !== "refused") standing = ""; }
  flush();
}

// ---- sending, in order, one batch at a time
let [sending, retryMs, retry] = [null, 500, 0];
const flush = () => (sending ??= send());

async function send() {
  await null; // So that the end below never comes before ``sending`` is set.
  clearTimeout(retry);
  try {
    let most = MOST_AT_ONCE;
    for (let batch = waiting(most, MOST_BYTES); batch.length; batch = waiting(most, MOST_BYTES)) {
      const answer = await post("save", { changes: batch.map(([, entry]) => entry) });
      if (answer.status >= 500 || [401, 403, 408, 429].includes(answer.status)) throw failure(answer);
      if (!answer.ok && batch.length > 1) { most = 1; continue; } // One of them is refused: each by itself.
      for (const [name] of batch) store.drop(name);
      if (answer.ok) saved(await answer.json());
      else say(`The server refused a change: ${(await answer.json()).error}. Reload the page to see what it has.`, "refused");
    }
    return true;
  } catch (error) {
    complain(error);
    if (!isShut(error)) retry = setTimeout(flush, retryMs);
    retryMs = Math.min(retryMs * 2, 8000);
    return false;
  } finally {
    sending = null;
  }
}

const failure = ({ status }) => Object.assign(new Error(), { status });
const isShut = (error) => [401, 403].includes(error.status);

function post(what, content) {
  const body = JSON.stringify(content);
  return fetch(`${api}/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Tunecheck-Proof": proof },
    body,
    keepalive: body.length * 3 < MOST_BYTES,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

// ---- how things stand. "notice" and "amiss" stay until the rater does something, "refused" until the page is turned
let standing = "";

export function say(text, kind = "") {
  const status = byId("status");
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle("trouble", ["amiss", "refused", "server"].includes(kind));
  status.classList.toggle("long", text.length > 20);
  standing = kind;
}

function saved(told) {
  retryMs = 500;
  show(told);
  const wasMissed = missed;
  missed = null;
  if (wasMissed) page.back(wasMissed);
  else if (standing === "" || standing === "server") say(sheet() ? page.saved() : "Saved");
}

function show(told) {
  if (sheet()) [byId("progress").value, byId("progress-words").textContent] = [told.n_done, told.progress];
}

function complain(error, what = "The server does not answer.") {
  const n = store.names().length;
  const held = n === 0 ? "All is saved." : `${n === 1 ? "1 change is" : `${n} changes are`} kept in this browser`;
  if (isShut(error)) say(`This link no longer works. ${n ? `${held}: open a new link here to send ${n === 1 ? "it" : "them"}.` : held}`, "server");
  else say(`${error.status ? `The server fails (${error.status}).` : what} ${n ? `${held} and sent when it is back.` : held}`, "server");
}

// ---- time: only while the page is looked at, and a pause counts a minute at most
let [activeMs, sinceStartMs, last, saidBreak] = [0, 0, performance.now(), false];

function touch() {
  const now = performance.now();
  const passed = document.hidden ? 0 : Math.min(now - last, 60000);
  activeMs += passed;
  [sinceStartMs, last] = [sinceStartMs + passed, now];
  if (sinceStartMs > BREAK_MS && !saidBreak) {
    saidBreak = true;
    say("You have rated for 25 minutes. A break keeps the judgement fresh; everything is saved.", "notice");
  }
}

function spent() {
  touch();
  const seconds = Math.round(activeMs) / 1000;
  activeMs = 0;
  return seconds;
}

// ---- one thing at a time: what is typed while a page is on its way is for that page, and goes with it
let [isBusy, missed, typed] = [false, null, []];

export function act(what) {
  if (isBusy) typed.push(what);
  else if (typeof what === "function") what();
  else press(what);
}

async function alone(task) {
  isBusy = true;
  let came = false;
  try { came = await task(); } catch (error) { complain(error); }
  if (came === null) return; // The browser is leaving for another page.
  isBusy = false;
  if (!came) typed = [];
  while (!isBusy && typed.length) act(typed.shift());
}

// ---- pages: the next two are fetched before they are wanted
const pages = new Map();
const touched = new Set();
const done = new Set();

async function get(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MS) });
  const html = await answer.text();
  if (!answer.ok) throw failure(answer);
  const parsed = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  return { parsed, address: answer.url };
}

function prefetch(next, depth = 2) {
  if (!next || !depth || touched.has(next)) return;
  if (!pages.has(next)) {
    const wanted = get(`${home}/${next}`);
    wanted.catch(() => pages.delete(next));
    pages.set(next, wanted);
  }
  pages.get(next).then(({ parsed }) => prefetch(parsed.getElementById("sheet")?.dataset.following, depth - 1)).catch(() => {});
}

export const go = (next, options) => alone(() => turn(next, options));
async function turn(next, { push = true, fresh = false, to = "#reading" } = {}) {
  keepWords();
  touch();
  if (activeMs > 500) change("seen", "");
  if (fresh || !next || touched.has(next)) { pages.delete(next); await flush(); }
  let came;
  try { came = await (pages.get(next) ?? get(next ? `${home}/${next}` : home)); } catch (error) {
    missed = { next, options: { push, fresh, to } };
    page.turned(missed); // What is typed now is meant for a page that nobody sees yet.
    change("seen", ""); // So that something waits, and its sending tells when the server is back.
    complain(error, "The server does not answer, so that page is not here yet.");
    return false;
  }
  const drawn = came.parsed.getElementById("sheet");
  if (!drawn) { location.assign(came.address); return null; }
  pages.delete(next);
  keepWords();
  const [inside, outside] = [byId("reading").scrollTop, window.scrollY];
  sheet().replaceWith(document.importNode(drawn, true));
  document.title = came.parsed.title;
  if (push) history.pushState(null, "", new URL(came.address).pathname);
  settle();
  const isHere = to !== "#reading";
  byId("reading").scrollTop = isHere ? inside : 0;
  window.scrollTo(0, isHere ? outside : 0);
  sheet().querySelector(to).focus({ preventScroll: !isHere });
  return true;
}

// ---- the page that was just drawn
let [kept, wordsTimer] = [{}, 0];
const words = () => Object.entries(page.words).filter(([id]) => byId(id));

function settle() {
  activeMs = 0;
  missed = null;
  if (standing === "refused") standing = "";
  last = performance.now();
  for (const [, entry] of waiting()) if (entry.token === token()) page.apply(entry);
  kept = Object.fromEntries(words().map(([id]) => [id, byId(id).value.trim()]));
  view(store.get("tunecheck:view") ?? "markdown");
  page.drawn();
  if (page.isDone()) done.add(token());
  prefetch(sheet().dataset.following);
}

function keepWords() {
  clearTimeout(wordsTimer);
  for (const [id, field] of words()) {
    const text = byId(id).value.trim().replace(/[\ud800-\udfff]/gu, "\ufffd"); // Halves of characters, which nothing can store.
    if (text === kept[id]) continue;
    kept[id] = text;
    change(field, text);
  }
}

// A page that is left waits for no answer: with one under way, what is typed last goes out beside it. Keys make that safe.
function part() {
  const isSending = Boolean(sending);
  keepWords();
  const last = isSending ? waiting(MOST_AT_ONCE, MOST_BYTES) : [];
  if (last.length) post("save", { changes: last.map(([, entry]) => entry) }).catch(() => {});
}

export function view(name) {
  sheet().dataset.view = name;
  for (const part of sheet().querySelectorAll("[data-in]")) part.hidden = !part.dataset.in.split(" ").includes(name);
  for (const button of sheet().querySelectorAll("[data-shows]")) button.setAttribute("aria-pressed", String(button.dataset.shows === name));
  // What scrolls has to be reached without a mouse.
  for (const part of sheet().querySelectorAll(".model, .model pre, .model table"))
    if (part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight) part.tabIndex = 0;
}

// ---- what a rater can do on either page
let undoKey = "";

const undo = () => alone(async () => {
  keepWords();
  if (!(await flush())) return false;
  undoKey ||= newKey(); // Where no answer came, the same again: it cannot happen twice.
  const answer = await post("undo", { key: undoKey });
  if (!answer.ok) throw failure(answer);
  const told = await answer.json();
  undoKey = "";
  show(told);
  if (!told.token) { say("There is nothing left to undo", "notice"); return true; }
  done.delete(told.token);
  pages.clear();
  const came = await turn(told.token, { fresh: true, push: told.token !== token() });
  return came && (say("Undone", "notice"), came);
});

function reference() {
  if (!sheet().querySelector('button[value="reference"]')) return;
  change("reference", "");
  go(token(), { fresh: true, push: false, to: ".reference" });
}

// To the next place that is open; through a finished sheet again it goes in order.
export function onward() {
  done.add(token());
  const { following, again } = sheet().dataset;
  return go(following && (again === "1" || !done.has(following)) ? following : "");
}

const previous = () => sheet().dataset.previous && go(sheet().dataset.previous, { fresh: true });

export function guide(open = !byId("guide").open) {
  const hadFocus = byId("guide").contains(document.activeElement);
  byId("guide").open = open;
  if (open) document.querySelector("#guide summary").focus();
  else if (hadFocus) leave();
}

function otherView() {
  const name = sheet().dataset.view === "markdown" ? "raw" : "markdown";
  store.put("tunecheck:view", name);
  view(name);
}

export const write = (id) => { byId(id).focus(); byId(id).setSelectionRange(1e6, 1e6); };
export const leave = () => { page.left?.(); byId("reading").focus({ preventScroll: true }); };
const BUTTONS = { previous, undo, reference, view: otherView };
const ACTS = { p: previous, u: undo, r: reference, m: otherView, "?": () => guide(), g: () => guide(), escape: () => guide(false) };

// The digits of a keyboard that has them behind Shift act without it.
const nameOf = (event) => (!event.shiftKey && /^Digit[0-5]$/.test(event.code) ? event.code.slice(5) : event.key.toLowerCase());

function press({ key, name }) {
  const field = document.activeElement;
  if (!isText(field)) {
    if (Object.hasOwn(page.acts, name)) page.acts[name]();
  } else if (name === "escape" || (name === "enter" && field.id === "why")) leave();
  else if (key.length === 1 || name === "enter") { // Typed ahead, behind n or c.
    field.setRangeText(name === "enter" ? "\n" : key, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// ---- hearing
function hearKeys(event) {
  touch();
  const on = event.target;
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  const name = nameOf(event);
  if (isText(on) && name !== "escape" && !(name === "enter" && on.id === "why")) return;
  if (!isText(on) && !Object.hasOwn(page.acts, name) && !(isBusy && event.key.length === 1)) return;
  if (on.matches({ enter: "button, a, summary, [type=checkbox]", " ": "button, summary, input" }[name] ?? ":not(*)")) return;
  if (page.leaves?.(on, name)) return;
  if (!byId("single-keys").checked && (event.key.length === 1 || name.startsWith("arrow"))) return;
  event.preventDefault();
  if (!event.repeat) act({ key: event.key, name });
}

function hearClicks(event) {
  touch();
  const on = event.target.closest('[data-do], button[name="do"]');
  if (!on) return;
  event.preventDefault();
  act(page.buttons[on.dataset.do ?? on.value]);
}

export function start(given) {
  page = { ...given, acts: { ...ACTS, ...given.acts }, buttons: { ...BUTTONS, ...given.buttons } };
  window.addEventListener("online", flush);
  if (!sheet()) return void flush(); // The page that says thanks: only what still waits is sent.
  document.addEventListener("keydown", hearKeys);
  document.addEventListener("change", ({ target }) => {
    if (target.id === "single-keys") store.put("tunecheck:keys", target.checked ? "on" : "off");
  });
  document.addEventListener("input", (event) => {
    touch();
    if (!isText(event.target)) return;
    clearTimeout(wordsTimer);
    wordsTimer = setTimeout(keepWords, 500);
  });
  document.addEventListener("focusout", (event) => { if (isText(event.target) && event.target.isConnected) keepWords(); });
  document.addEventListener("click", hearClicks);
  for (const name of ["scroll", "pointermove", "visibilitychange"]) document.addEventListener(name, touch, { passive: true, capture: true });
  window.addEventListener("pagehide", part);
  window.addEventListener("popstate", () => act(() => go(location.pathname.split("/").pop(), { push: false, fresh: true })));
  byId("single-keys").checked = store.get("tunecheck:keys") !== "off";
  settle();
  if (document.activeElement === document.body) leave();
  flush();
}
