import { Controller } from "@hotwired/stimulus";
import { announce } from "leadcrm/requests";
import { post } from "leadcrm/session";

const ON = "leadcrm:chats";
const BEAT = 30000;

// Rings on every page while somebody is there for visitors: who waits is asked for every two
// seconds (ETag, 304), and every half minute the browser says that it is still open. Who is not
// there asks nothing.
export default class extends Controller {
  static targets = ["count", "text"];
  static values = { url: String, beat: String, every: { type: Number, default: 2000 } };

  connect() {
    const told = document.querySelector("[data-chat-there]");
    if (told) localStorage.setItem(ON, told.dataset.chatThere);
    this.known = new Set();
    this.tag = "";
    if (localStorage.getItem(ON) === "on") this.start();
  }

  disconnect() {
    clearInterval(this.looks);
    clearInterval(this.beats);
  }

  start() {
    this.element.hidden = false;
    this.looks = setInterval(this.look, this.everyValue);
    this.beats = setInterval(this.beat, BEAT);
    this.look();
    this.beat();
  }

  beat = async () => {
    try {
      const response = await post(this.beatValue);
      if (response.status === 205 || response.redirected) this.off();
    } catch {
      // Without a connection the next beat tries again.
    }
  };

  look = async () => {
    try {
      const response = await fetch(this.urlValue, { headers: { "If-None-Match": this.tag } });
      if (response.redirected) return this.off();
      if (response.status !== 200) return;
      this.tag = response.headers.get("ETag") || "";
      this.show(await response.json());
    } catch {
      // Without a connection the next look tries again.
    }
  };

  show({ calls }) {
    const [first] = calls;
    this.element.classList.toggle("is-ringing", calls.length > 0);
    this.countTarget.textContent = calls.length || "";
    this.textTarget.textContent = first ? first.text : "";
    this.element.href = first ? first.url : this.element.dataset.home;
    for (const call of calls) if (!this.known.has(call.id)) announce(call.text);
    this.known = new Set(calls.map((call) => call.id));
  }

  off() {
    localStorage.setItem(ON, "off");
    this.disconnect();
    this.element.hidden = true;
  }
}
