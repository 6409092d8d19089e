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
