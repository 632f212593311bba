// Buttons that copy. Without this script the fields are there all the same, for people to copy by hand.

const said = document.querySelector(".said");

for (const field of document.querySelectorAll("input[readonly]")) {
  const { textContent: label } = field.labels[0];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Copy";
  button.ariaLabel = `Copy ${label}`;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = `${label} copied.`;
    } catch {
      // There is no clipboard without HTTPS, or the browser refused.
      said.textContent = `${label} is selected: copy it by hand.`;
    }
  });
  field.addEventListener("focus", () => field.select());
  field.after(button);
}
