// The microphone and the speaker, on the browser's audio thread. In: 8 kHz sound, marks, clear. Out: 20 ms of mu-law
// at a time with both levels, and marks that were reached.
import { FRAME, Playout, RATE_HZ, Resampler, decoded, encoded } from "./phone-sound.js";

const BITE = 16; // samples of 8 kHz between two looks for marks: 2 ms

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.down = new Resampler(sampleRate, RATE_HZ);
    this.up = new Resampler(RATE_HZ, sampleRate);
    this.playout = new Playout();
    this.ready = new Float32Array(0); // at the speaker's rate
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
    this.muted = false;
    this.mine = 0;
    this.theirs = 0;
    this.port.onmessage = ({ data }) => this.obey(data);
  }

  obey({ kind, mulaw, name, muted }) {
    if (kind === "sound") this.playout.put(decoded(mulaw));
    if (kind === "mark") this.playout.mark(name);
    if (kind === "clear") this.playout.clear();
    if (kind === "mute") this.muted = muted;
    this.tellMarks();
  }

  process([input], [output]) {
    this.speak(output);
    this.listen(input[0] ?? new Float32Array(output[0].length));
    return true;
  }

  speak(output) {
    const wanted = output[0].length;
    while (this.ready.length < wanted) {
      const sound = this.playout.take(BITE);
      for (const sample of sound) this.theirs = Math.max(this.theirs, Math.abs(sample));
      const more = this.up.push(sound);
      const joined = new Float32Array(this.ready.length + more.length);
      joined.set(this.ready);
      joined.set(more, this.ready.length);
      this.ready = joined;
    }
    for (const channel of output) channel.set(this.ready.subarray(0, wanted));
    this.ready = this.ready.slice(wanted);
    this.tellMarks();
  }

  listen(input) {
    for (const sample of this.down.push(input)) {
      const heard = this.muted ? 0 : sample;
      this.mine = Math.max(this.mine, Math.abs(heard));
      this.frame[this.filled] = encoded(heard);
      this.filled += 1;
      if (this.filled === FRAME) this.tellFrame();
    }
  }

  tellFrame() {
    this.port.postMessage({ kind: "frame", mulaw: this.frame, mine: this.mine, theirs: this.theirs });
    this.frame = new Uint8Array(FRAME);
    this.filled = this.mine = this.theirs = 0;
  }

  tellMarks() {
    for (const name of this.playout.fetchReached()) this.port.postMessage({ kind: "mark", name });
  }
}

registerProcessor("telephone", Telephone);
