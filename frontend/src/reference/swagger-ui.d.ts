declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Options {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    persistAuthorization: boolean;
    syntaxHighlight: { activated: boolean };
    validatorUrl: string | null;
  }
  export default function SwaggerUI(options: Options): void;
}
