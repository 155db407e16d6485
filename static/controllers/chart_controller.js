import { Controller } from "@hotwired/stimulus";

// Draws what ground.charts.Chart holds, in the colours of the page; the table behind it is the
// accessible version. It is drawn when it comes into view.
export default class extends Controller {
  static targets = ["canvas", "picture"];
  static values = { data: Object };

  connect() {
    this.observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.draw();
    });
    this.observer.observe(this.pictureTarget);
    document.documentElement.addEventListener("scheme:applied", this.redraw);
  }

  disconnect() {
    this.observer.disconnect();
    document.documentElement.removeEventListener("scheme:applied", this.redraw);
    this.chart?.destroy();
    this.chart = null;
  }

  redraw = () => {
    if (!this.chart) return;
    this.chart.destroy();
    this.chart = null;
    this.draw();
  };

  async draw() {
    this.observer.disconnect();
    await import("chart.js");
    if (this.chart || !this.element.isConnected) return;
    window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    this.chart = new window.Chart(this.canvasTarget, this.configuration());
  }

  // A custom property can be light-dark(…), which a canvas does not read: let an element resolve it.
  color(name) {
    const probe = document.createElement("i");
    probe.style.color = `var(${name})`;
    this.element.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  configuration() {
    const { kind, labels, series, unit, places } = this.dataValue;
    const text = this.color("--tblr-secondary-color");
    const line = this.color("--tblr-border-color");
    const round = kind === "doughnut";
    const numbers = new Intl.NumberFormat(document.documentElement.lang, {
      maximumFractionDigits: places,
    });
    const written = (value) => `${numbers.format(value)}${unit ? ` ${unit}` : ""}`;
    const ground = this.color("--tblr-bg-surface");
    return {
      type: { stacked: "bar" }[kind] ?? kind,
      data: {
        labels,
        datasets: series.map((one) => this.dataset(one, kind, ground)),
      },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: {
            display: series.length > 1 || round,
            align: "start",
            position: "bottom",
            labels: { color: text, usePointStyle: true, boxHeight: 7, padding: 16 },
          },
          tooltip: {
            padding: 10,
            cornerRadius: 8,
            callbacks: {
              label: (item) => ` ${round ? item.label : item.dataset.label}: ${written(item.raw ?? 0)}`,
            },
          },
        },
        scales: round
          ? {}
          : {
              x: { stacked: kind === "stacked", grid: { display: false }, border: { color: line }, ticks: { color: text, autoSkip: labels.length > 12, autoSkipPadding: 12, maxRotation: labels.length > 12 ? 0 : 40 } },
              y: { stacked: kind === "stacked", beginAtZero: true, grid: { color: line }, border: { display: false }, ticks: { color: text, maxTicksLimit: 6, precision: places, callback: (value) => numbers.format(value) } },
            },
      },
    };
  }

  dataset(one, kind, ground) {
    const tones = ["teal", "blue", "violet", "amber", "green", "pink", "red", "slate"];
    const color = this.color(`--lc-${one.tone}-dot`);
    if (kind === "doughnut") {
      return {
        label: one.label,
        data: one.values,
        backgroundColor: one.values.map((_, at) => this.color(`--lc-${tones[at % tones.length]}-dot`)),
        borderColor: ground,
        borderWidth: 2,
      };
    }
    return {
      label: one.label,
      data: one.values,
      backgroundColor: color,
      borderColor: color,
      borderWidth: kind === "line" ? 2 : 0,
      borderRadius: 4,
      maxBarThickness: 44,
      pointRadius: 0,
      pointHoverRadius: 4,
      pointStyle: "circle",
      tension: 0.3,
    };
  }
}
