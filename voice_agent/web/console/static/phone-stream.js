// Twilio's end of a media stream, as https://www.twilio.com/docs/voice/media-streams/websocket-messages has it.
// `send` takes one text; `sound` is told what to play.
import { FRAME, RATE_HZ } from "./phone-sound.js";

const FRAME_MS = (FRAME * 1000) / RATE_HZ;

export class Stream {
  // `about`: the server's `stream` message.
  constructor(about, send, sound) {
    this.about = about;
    this.sendText = send;
    this.sound = sound;
    this.sequence = 0;
    this.chunk = 0;
    this.atMs = 0;
    const { accountSid, streamSid, callSid, customParameters } = about;
    const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: RATE_HZ, channels: 1 };
    send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
    this.send("start", { accountSid, streamSid, callSid, tracks: ["inbound"], mediaFormat, customParameters });
  }

  send(event, body) {
    this.sequence += 1;
    const { streamSid } = this.about;
    this.sendText(JSON.stringify({ event, sequenceNumber: String(this.sequence), streamSid, [event]: body }));
  }

  // 20 ms of the microphone; `late`: the network cannot take it, so the sound is lost and time goes on.
  media(mulaw, late) {
    if (!late) {
      this.chunk += 1;
      const payload = btoa(String.fromCharCode(...mulaw));
      this.send("media", { track: "inbound", chunk: String(this.chunk), timestamp: String(this.atMs), payload });
    }
    this.atMs += FRAME_MS;
  }

  press(digit) {
    this.send("dtmf", { track: "inbound_track", digit });
  }

  reached(name) {
    this.send("mark", { name });
  }

  stop() {
    const { accountSid, callSid } = this.about;
    this.send("stop", { accountSid, callSid });
  }

  // A message of the server; '' or what Twilio would find wrong with it.
  obey(message) {
    if (message.streamSid !== this.about.streamSid) return ""; // of a stream that has ended meanwhile
    if (message.event === "media") {
      this.sound({ kind: "sound", mulaw: Uint8Array.from(atob(message.media.payload), (c) => c.charCodeAt(0)) });
    } else if (message.event === "mark") {
      this.sound({ kind: "mark", name: message.mark.name });
    } else if (message.event === "clear") {
      this.sound({ kind: "clear" });
    } else {
      return "31924: Twilio takes media, mark and clear, nothing else.";
    }
    return "";
  }
}
