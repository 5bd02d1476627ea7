// Keeps a page fresh. The server tells of changes (server-sent events); where it cannot, the page asks by itself.
// Without this script, reloading the page does the same.
"use strict";

const TOLD_MS = 5000; // how often times are renewed while the server tells of changes
const ASKING_MS = 2000; // how often the page asks while it does not
const SILENCE_MS = 10000; // a line that is silent for so long is dead: the server beats every 3 s
const PATIENCE_MS = 8000; // how long one answer may take

const part = document.querySelector("[data-refresh]");
const lost = document.getElementById("lost");
const say = document.getElementById("say");
let last = "";
let events = null;
let heardAt = 0;
let failures = 0;
let timer = 0;
let busy = false;
let again = false;

async function ask(address) {
  const stop = new AbortController();
  const patience = window.setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", signal: stop.signal });
    if (answer.status === 401) window.location.reload(); // signed out: the server leads to the sign-in
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  } finally {
    window.clearTimeout(patience);
  }
}

async function refresh() {
  if (busy) {
    again = true; // something changed while we asked
    return;
  }
  busy = true;
  window.clearTimeout(timer);
  try {
    if (part && !document.hidden) show(await (await ask(part.dataset.refresh)).text());
    window.alarm.show(await (await ask(document.body.dataset.alarms)).json());
    connected();
  } catch {
    disconnected();
  }
  busy = false;
  watch();
  timer = window.setTimeout(refresh, again ? 0 : events ? TOLD_MS : ASKING_MS);
  again = false;
}

// Replaces the part and puts the keyboard back where it was. What is under the pointer, else what has the keyboard,
// stays where it is on the screen: a row that comes in above must not put another button under a finger.
function show(html) {
  if (html === last || part.querySelector(":active")) return; // not under a finger that is pressing
  last = html;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const still = [...part.querySelectorAll(":hover[id]")].pop() ?? document.getElementById(focused);
  const height = still?.getBoundingClientRect().top;
  part.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const same = still && document.getElementById(still.id);
  if (same) window.scrollBy(0, same.getBoundingClientRect().top - height);
  announce(part.querySelector("[data-say]")?.dataset.say ?? "");
}

// Tells a screen reader what changed, when it changes.
function announce(words) {
  if (say.textContent !== words) say.textContent = words;
}

function connected() {
  if (failures && lost.textContent) {
    lost.textContent = "";
    say.textContent = "Connected again.";
  }
  failures = 0;
}

function disconnected() {
  failures += 1;
  const words = "Connection lost. What you see may be old. Trying again …";
  if (lost.textContent !== words) lost.textContent = words;
}

// Opens the line to the server, and another one when it has gone silent.
function watch() {
  if (!window.EventSource) return;
  if (events && Date.now() - heardAt > SILENCE_MS) hangUp();
  if (events || Date.now() - heardAt < SILENCE_MS) return;
  heardAt = Date.now();
  events = new EventSource(document.body.dataset.events);
  for (const kind of ["changed", "beat", "again"]) {
    events.addEventListener(kind, () => {
      heardAt = Date.now();
      if (kind === "changed") refresh();
      if (kind === "again") reopen();
    });
  }
  events.onerror = () => {
    hangUp(); // no place, or the network: the page asks by itself, and tries again in a while
    refresh();
  };
}

function hangUp() {
  events?.close();
  events = null;
}

// The server ends each line after two minutes: at once another one.
function reopen() {
  hangUp();
  heardAt = 0;
  watch();
}

window.addEventListener("online", refresh);
document.addEventListener("visibilitychange", refresh);
watch();
refresh();
