import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "../ui/tokens.css";
import "./reference.css";
import { describe } from "./describe";

// Swagger UI's own dark colours follow this class, not the system.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

describe(document.body);
SwaggerUI({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  // An access token stays in the memory of this tab.
  persistAuthorization: false,
  syntaxHighlight: { activated: false },
  // Unless this is null, the address of a public server goes to a validator on the web.
  validatorUrl: null,
});
