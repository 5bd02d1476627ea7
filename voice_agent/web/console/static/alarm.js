// Shows, and when the nurse has switched it on sounds, an emergency that nobody has yet.
"use strict";

window.alarm = (() => {
  const box = document.getElementById("alarm");
  const button = document.getElementById("sound");
  const title = document.title;
  const SEEN = "console-seen"; // in this tab
  const SOUND = "console-sound"; // in this browser
  const REPEAT_MS = 8000;
  let context = null;
  let shown = "";
  let repeat = 0;

  const seen = () => JSON.parse(sessionStorage.getItem(SEEN) ?? "[]");
  const wanted = () => localStorage.getItem(SOUND) === "on";

  function show(alarms) {
    const known = seen();
    const fresh = alarms.filter((alarm) => !known.includes(alarm.token));
    const now = fresh.map((alarm) => alarm.token).join(" ");
    if (now === shown) return;
    const more = fresh.some((alarm) => !shown.includes(alarm.token));
    shown = now;
    box.replaceChildren(...(fresh.length ? [words(fresh), link(fresh[0]), dismiss(fresh)] : []));
    document.title = fresh.length ? `‼ Emergency · ${title}` : title;
    window.clearInterval(repeat);
    if (fresh.length) repeat = window.setInterval(sound, REPEAT_MS);
    if (more) sound();
  }

  function words(fresh) {
    const strong = document.createElement("strong");
    strong.textContent = fresh.length > 1 ? `‼ ${fresh.length} emergencies that nobody has` : `‼ ${fresh[0].words}`;
    return strong;
  }

  function link(first) {
    const open = document.createElement("a");
    open.href = first.page;
    open.textContent = "Open";
    return open;
  }

  function dismiss(fresh) {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "plain";
    close.textContent = "I have seen it";
    close.addEventListener("click", () => {
      sessionStorage.setItem(SEEN, JSON.stringify([...seen(), ...fresh.map((alarm) => alarm.token)].slice(-200)));
      show([]);
      document.getElementById("main").focus();
    });
    return close;
  }

  // Two short tones, made here: no file to fetch.
  function sound() {
    if (!wanted()) return;
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
    for (const [at, pitch] of [[0, 880], [0.25, 660]]) {
      const tone = context.createOscillator();
      const level = context.createGain();
      const begin = context.currentTime + at;
      tone.frequency.value = pitch;
      level.gain.setValueAtTime(0, begin);
      level.gain.linearRampToValueAtTime(0.2, begin + 0.02);
      level.gain.linearRampToValueAtTime(0, begin + 0.2);
      tone.connect(level).connect(context.destination);
      tone.start(begin);
      tone.stop(begin + 0.22);
    }
    document.body.dataset.sounded = String(Number(document.body.dataset.sounded ?? 0) + 1);
    label();
  }

  // A browser lets a page sound only after a click or a key in it: say so, rather than stay silent unnoticed.
  function label() {
    const on = wanted();
    const held = on && context?.state !== "running";
    button.setAttribute("aria-pressed", String(on));
    button.textContent = !on ? "Sound is off" : held ? "Sound waits for a click" : "Sound is on";
  }

  function wake() {
    if (!wanted()) return;
    context ??= new AudioContext();
    context.resume().then(label);
  }

  button.hidden = !window.AudioContext;
  button.addEventListener("click", () => {
    localStorage.setItem(SOUND, wanted() ? "off" : "on");
    if (wanted()) sound();
    wake();
    label();
  });
  document.addEventListener("pointerdown", wake);
  document.addEventListener("keydown", wake);
  label();
  return { show };
})();
