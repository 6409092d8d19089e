// Shows what a change would mean as the form is filled in. Nothing is changed by
// it: the same page shows the same by a button where scripts do not run.
"use strict";
for (const form of document.querySelectorAll("form[data-look]")) {
  let waits, asked = 0;
  const look = async () => {
    const mine = ++asked, said = new URLSearchParams(new FormData(form));
    said.set("do", "show");
    try {
      const answer = await fetch(location.href, { method: "POST", body: said, referrerPolicy: "no-referrer" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = document.getElementById("coming"), would = page.getElementById("coming");
      if (mine === asked && answer.ok && now && would) now.innerHTML = would.innerHTML;
    } catch { /* the button shows the same */ }
  };
  form.addEventListener("input", () => { clearTimeout(waits); waits = setTimeout(look, 250); });
}

// The form by which people join: the zone that the browser tells, and ticks that
// pick the list they are in. Where scripts do not run the form says the same.
const zone = document.querySelector("select[data-guess]");
if (zone && !zone.value) {
  const guess = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  if (guess.includes("/") && !guess.startsWith("Etc/")) {
    if (![...zone.options].some(o => o.value === guess)) {
      const at = guess.lastIndexOf("/"), city = guess.slice(at + 1).replaceAll("_", " ");
      zone.add(new Option(`${city} (${guess.split("/")[0]})`, guess));
    }
    zone.value = guess;
    document.getElementById("guessed").hidden = false;
  }
}
for (const offer of document.querySelectorAll("input[name=offer]")) {
  const list = [...offer.form.querySelectorAll("input[name=practice]")];
  if (offer.value === "own") for (const box of list) box.addEventListener("input", () => { offer.checked = true; });
  else offer.addEventListener("input", () => { for (const box of list) box.checked = box.defaultChecked; });
}
