// No validator badge: it would be fetched from another host.
window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  showExtensions: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
