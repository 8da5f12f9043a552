// Figures and states in words.

const locale = document.documentElement.lang;

export function bytes(count) {
  const units = ["B", "KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), 3);
  const value = count / 1000 ** power;
  return `${value.toLocaleString(locale, { maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 })} ${units[power]}`;
}

export function dollars(amount) {
  return amount.toLocaleString(locale, { style: "currency", currency: "USD", maximumSignificantDigits: 2 });
}

/** A price before the request: a figure and what it does not say. `last` is what the last one cost. */
export function price({ low, high, note }, last = null) {
  if (low === undefined || low === null) {
    if (last === null) return { figure: "Price not published", note: note ?? "" };
    return { figure: `About ${dollars(last)}`, note: "As much as your last one; the model's price is not published." };
  }
  const figure = dollars(low) === dollars(high) ? `About ${dollars(high)}` : `${dollars(low)} to ${dollars(high)}`;
  return { figure, note: note ?? "" };
}

export function when(date) {
  const then = new Date(date);
  const isToday = then.toDateString() === new Date().toDateString();
  return then.toLocaleString(locale, isToday ? { timeStyle: "short" } : { dateStyle: "medium" });
}

/** The state of a job that is not finished, in two words or less; empty for finished ones. */
export function state(name) {
  return { planned: "Queued", sent: "In progress", received: "Finishing", failed: "Failed", unknown: "Interrupted" }[name] ?? "";
}

/** The audit of an edit as one sentence. */
export function proof(audit) {
  const kept = audit.keptPixels.toLocaleString(locale);
  if (audit.changedPixels === 0) {
    return `All ${kept} pixels outside your selection and its soft edge are exactly as they were.`;
  }
  return `${audit.changedPixels.toLocaleString(locale)} of ${kept} pixels outside your selection differ, by at most ${Math.round(audit.maxDrift)} of 255 levels.`;
}
