// The telephone's page: one call at a time, from "Call the agent" to its end.
import { Stream } from "./phone-stream.js";

const AT_ONCE_BYTES = 16000; // more unsent than this, about a second, and the microphone's sound is dropped
const USED_EVERY_MS = 240000; // a call is use of the session: told so often
const KEYS = "0123456789*#";
const WHERE = {
  nothing: "Connected.",
  agent: "You are talking with the agent.",
  announcement: "An announcement is playing.",
  hold: "On hold for a nurse.",
  person: "You are talking with a person.",
};
const OVER = {
  caller: "You hung up.",
  agent: "The other side ended the call.",
  network: "The call was ended.",
  busy: "All browser lines of this server are in use. Try again in a few minutes.",
  trouble: "The call could not be held; the server’s log says why.",
};
const MICROPHONE = {
  NotAllowedError: "This page may not use the microphone. Allow it in your browser (beside the address), then call again.",
  NotFoundError: "No microphone was found. Connect one, then call again.",
  NotReadableError: "The microphone is in use by another program, or broken. Close the other program, then call again.",
};

const phone = document.getElementById("phone");
const part = (id) => document.getElementById(id);
let call = null;

class Call {
  constructor() {
    this.stream = null;
    this.began = 0;
    this.marks = []; // sent by the server and not yet reached
  }

  // Raises an Error whose message is for the user.
  async open() {
    if (!window.isSecureContext || !navigator.mediaDevices) {
      throw new Error("Browsers give a microphone only to pages over https, or from this computer (localhost).");
    }
    this.context = new AudioContext();
    const audio = { echoCancellation: true, channelCount: 1 };
    this.microphone = await navigator.mediaDevices.getUserMedia({ audio }).catch((error) => {
      throw new Error(MICROPHONE[error.name] ?? `The microphone cannot be used (${error.name}).`);
    });
    this.microphone.getAudioTracks()[0].onended = () => this.end("The microphone was taken away.");
    await this.context.audioWorklet.addModule(phone.dataset.worklet);
    this.telephone = new AudioWorkletNode(this.context, "telephone", { outputChannelCount: [1] });
    this.telephone.port.onmessage = ({ data }) => this.sounded(data);
    this.context.createMediaStreamSource(this.microphone).connect(this.telephone).connect(this.context.destination);
    await this.context.resume();
    this.dial();
  }

  dial() {
    const address = new URL(phone.dataset.line, window.location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.onopen = () => {
      this.began = Date.now();
      show("Calling …");
      this.watch = window.setInterval(() => this.tick(), 500);
      this.use = window.setInterval(() => fetch(window.location.pathname, { cache: "no-store" }), USED_EVERY_MS);
    };
    this.socket.onmessage = ({ data }) => this.arrived(JSON.parse(data));
    this.socket.onclose = () => this.lost();
  }

  // From the server.
  arrived(message) {
    if (message.event === "stream") {
      this.telephone.port.postMessage({ kind: "clear" });
      this.stream = null; // marks of the old one are nobody's any more
      this.stream = new Stream(message, (text) => this.send(text), (order) => this.telephone.port.postMessage(order));
      phone.dataset.call = message.callSid;
    } else if (message.event === "line") {
      show(WHERE[message.where] ?? message.where);
    } else if (message.event === "told") {
      note(`Announcement: ${message.words}`);
    } else if (message.event === "dialled") {
      note(`Here a caller is connected with the nurse line, ${message.number}. A browser cannot ring a telephone: you hear what a caller hears when nobody answers.`);
    } else if (message.event === "elsewhere") {
      note("A nurse has taken the call on her telephone. A browser cannot be joined with it, so the call ends; she is told that the caller is gone.");
    } else if (message.event === "problem") {
      note(`Error: ${message.words}`);
    } else if (message.event === "over") {
      this.end(OVER[message.by] ?? "The call is over.", message.by === "busy" || message.by === "trouble");
    } else {
      const problem = this.stream?.obey(message);
      if (problem) note(`Error: ${problem}`);
    }
  }

  // From the audio thread.
  sounded(data) {
    if (data.kind === "mark") this.stream?.reached(data.name);
    if (data.kind !== "frame") return;
    part("mine").value = data.mine;
    part("theirs").value = data.theirs;
    this.stream?.media(data.mulaw, this.socket.bufferedAmount > AT_ONCE_BYTES);
  }

  send(text) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  press(key) {
    this.stream?.press(key);
    note(`You pressed ${key}.`);
  }

  mute(muted) {
    this.telephone?.port.postMessage({ kind: "mute", muted });
  }

  tick() {
    const seconds = Math.floor((Date.now() - this.began) / 1000);
    part("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  hangUp() {
    this.stream?.stop();
    this.send(JSON.stringify({ event: "hangup" }));
    this.end(OVER.caller);
  }

  // The socket closed, and no word that the call is over.
  async lost() {
    if (this !== call) return;
    if (this.began) {
      this.end("The connection to the server was lost.", true);
      return;
    }
    const answer = await fetch(window.location.pathname, { cache: "no-store" }).catch(() => null);
    if (answer?.redirected) window.location.reload(); // signed out: the server leads to the sign-in
    this.end(answer?.ok ? "The server refused the call." : "The server cannot be reached.", true);
  }

  end(words, isProblem = false) {
    if (this !== call) return;
    call = null;
    window.clearInterval(this.watch);
    window.clearInterval(this.use);
    this.microphone?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.socket?.close();
    part("mine").value = part("theirs").value = 0;
    enable(false);
    show(isProblem ? "Not in a call." : words);
    if (isProblem) complain(words);
  }
}

function enable(inCall) {
  const focused = document.activeElement;
  part("call").disabled = inCall;
  for (const button of [part("hang-up"), part("mute"), ...document.querySelectorAll("[data-key]")]) button.disabled = !inCall;
  if (!inCall) press(part("mute"), false);
  if (focused?.disabled) part(inCall ? "hang-up" : "call").focus();
}

function press(button, down) {
  button.setAttribute("aria-pressed", String(down));
}

function show(words) {
  if (part("state").textContent === words) return;
  part("state").textContent = words;
  note(words);
}

function complain(words) {
  part("problem").textContent = words;
  part("problem").hidden = !words;
}

function note(words) {
  const line = document.createElement("li");
  const time = document.createElement("span");
  time.className = "number";
  time.textContent = new Date().toLocaleTimeString();
  line.append(time, words);
  part("lines").append(line);
  part("log").scrollTop = part("log").scrollHeight;
}

part("call").addEventListener("click", async () => {
  complain("");
  const mine = (call = new Call());
  enable(true);
  show("Asking for the microphone …");
  try {
    await mine.open();
  } catch (error) {
    mine.end(error.message, true);
  }
});
part("hang-up").addEventListener("click", () => call?.hangUp());
part("mute").addEventListener("click", () => {
  const muted = part("mute").getAttribute("aria-pressed") !== "true";
  press(part("mute"), muted);
  call?.mute(muted);
});
part("keys").addEventListener("click", ({ target }) => target.dataset.key && call?.press(target.dataset.key));
phone.addEventListener("keydown", (event) => {
  if (call && KEYS.includes(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) call.press(event.key);
});
