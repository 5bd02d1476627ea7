// Refreshes the marked part of a page every two seconds; without it, reloading the page does the same.
"use strict";

const EVERY_MS = 2000;
const part = document.querySelector("[data-refresh]");
const stale = document.querySelector(".stale");
let last = "";

async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await fetch(part.dataset.refresh, { credentials: "same-origin", cache: "no-store" });
      if (answer.status === 401) {
        window.location.reload(); // signed out: the server leads to the sign-in
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    }
  }
  window.setTimeout(refresh, EVERY_MS);
}

// Replaces the part and puts the keyboard back where it was.
function show(html) {
  if (html === last || part.querySelector(":active")) return; // not under a finger that is pressing
  last = html;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  announce(part.querySelector("[data-say]")?.dataset.say ?? "");
}

// Tells a screen reader how many wait, when that changes.
function announce(words) {
  const region = document.querySelector("[role=status]");
  if (region && region.textContent !== words) region.textContent = words;
}

if (part) window.setTimeout(refresh, EVERY_MS);
