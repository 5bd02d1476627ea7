// Sound of a telephone: G.711 mu-law, another sampling rate, and a buffer that knows marks. No page, no network.

export const RATE_HZ = 8000;
export const FRAME = 160; // samples: 20 ms
export const SILENCE = 0xff; // mu-law of 0

const BIAS = 132;
const LOUDEST = 32635;

// ITU-T G.711, mu-law: one sample, -1 to 1, as one byte.
export function encoded(sample) {
  const value = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
  const sign = value < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(value), LOUDEST) + BIAS;
  const exponent = 31 - Math.clz32(biased >> 7);
  return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 0x0f)) & 0xff;
}

const DECODED = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const value = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 7)) - BIAS;
  return (bits & 0x80 ? -value : value) / 32768;
});

export function decoded(mulaw) {
  return Float32Array.from(mulaw, (code) => DECODED[code]);
}

// Another sampling rate, in a stream: a windowed sinc, looked up between table entries. What the lower of both rates
// cannot carry is filtered out, so that nothing folds back into the telephone band.
const ZEROS = 12; // of the sinc, on each side
const STEPS = 128; // table entries between two samples

export class Resampler {
  constructor(fromHz, toHz) {
    const cutoff = 0.46 * Math.min(1, toHz / fromHz); // cycles a sample
    this.step = fromHz / toHz;
    this.width = Math.ceil(ZEROS / (2 * cutoff)); // samples on each side
    this.kernel = Float32Array.from({ length: (this.width + 1) * STEPS + 1 }, (_, at) => {
      const x = at / STEPS;
      if (x >= this.width) return 0;
      const turn = (Math.PI * x) / this.width;
      const window = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn); // Blackman
      const phase = 2 * Math.PI * cutoff * x;
      return 2 * cutoff * window * (x === 0 ? 1 : Math.sin(phase) / phase);
    });
    this.kept = new Float32Array(this.width);
    this.at = this.width; // where in `kept` the next sample lies
  }

  push(samples) {
    const all = new Float32Array(this.kept.length + samples.length);
    all.set(this.kept);
    all.set(samples, this.kept.length);
    const made = [];
    while (this.at + this.width < all.length) {
      made.push(this.between(all, this.at));
      this.at += this.step;
    }
    const used = Math.max(0, Math.floor(this.at) - this.width);
    this.kept = all.slice(used);
    this.at -= used;
    return Float32Array.from(made);
  }

  between(all, at) {
    const middle = Math.floor(at);
    let sum = 0;
    for (let place = Math.max(0, middle - this.width + 1); place <= middle + this.width; place += 1) {
      const x = Math.abs(at - place) * STEPS;
      const entry = Math.floor(x);
      const here = this.kernel[entry];
      sum += all[place] * (here + (this.kernel[entry + 1] - here) * (x - entry));
    }
    return sum;
  }
}

// What the server sent and was not played yet. After it has run dry, sound waits a little before it begins, so that a
// late packet makes no hole. A mark is reached when all before it was played, or thrown away.
const JITTER = 480; // samples: 60 ms

export class Playout {
  constructor() {
    this.waiting = []; // Float32Array, or the name of a mark
    this.length = 0; // samples in it
    this.reached = []; // marks, to be fetched
    this.held = 0; // samples of silence since sound came to an empty buffer
    this.dry = true;
  }

  put(samples) {
    this.waiting.push(samples);
    this.length += samples.length;
  }

  mark(name) {
    this.waiting.push(name);
    this.pass();
  }

  clear() {
    this.reached.push(...this.waiting.filter((one) => typeof one === "string"));
    this.waiting = [];
    this.length = 0;
    this.dry = true;
    this.held = 0;
  }

  // So many samples, silence where there are none.
  take(count) {
    const taken = new Float32Array(count);
    if (this.dry && this.length && this.length < JITTER && this.held < JITTER) {
      this.held += count;
      return taken;
    }
    let filled = 0;
    while (filled < count && this.length) {
      const first = this.waiting[0];
      const piece = first.subarray(0, count - filled);
      taken.set(piece, filled);
      filled += piece.length;
      this.length -= piece.length;
      if (piece.length === first.length) this.waiting.shift();
      else this.waiting[0] = first.subarray(piece.length);
      this.pass();
    }
    this.dry = this.length === 0;
    if (this.dry) this.held = 0;
    return taken;
  }

  // Marks that stand first.
  pass() {
    while (typeof this.waiting[0] === "string") this.reached.push(this.waiting.shift());
  }

  fetchReached() {
    return this.reached.splice(0);
  }
}
