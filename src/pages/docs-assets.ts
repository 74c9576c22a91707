// The files of Swagger UI by name, and their media types. No other name is ever looked for.
const SCRIPT_TYPE = 'text/javascript; charset=utf-8'
const STYLE_TYPE = 'text/css; charset=utf-8'

export const DOCS_ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': STYLE_TYPE,
  'index.css': STYLE_TYPE,
  'swagger-ui-bundle.js': SCRIPT_TYPE,
  'swagger-ui-standalone-preset.js': SCRIPT_TYPE,
  'favicon-16x16.png': 'image/png',
  'favicon-32x32.png': 'image/png',
}
