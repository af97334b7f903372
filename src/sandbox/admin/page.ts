import { activityModule } from './page/activity.js';
import { baseModule } from './page/base.js';
import { connectionsModule } from './page/connections.js';
import { html } from './page/html.js';
import { mainModule } from './page/main.js';
import { style } from './page/style.js';
import { tokenModule } from './page/token.js';

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

const policy = [
  "default-src 'none'",
  ...['script', 'style', 'connect', 'img'].map((kind) => `${kind}-src 'self'`),
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What every file of the page is sent with. No script in the markup, no other host, no frame around it. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">
  <rect width="40" height="40" rx="10" fill="#c8390b"/>
  <g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">
    <circle cx="14.5" cy="20" r="5.5"/>
    <path d="M20 20h12v5M26 20v4"/>
  </g>
</svg>`;

/** Modules of the page: they hold no template and no backslash, and put what clients send in as text, never as markup. */
const module = (text: string): Asset => ({ type: 'text/javascript; charset=utf-8', text });

/** The files of the page, by path. */
export const assets: Readonly<Record<string, Asset>> = {
  '/': { type: 'text/html; charset=utf-8', text: html },
  '/admin/style.css': { type: 'text/css; charset=utf-8', text: style },
  '/admin/main.js': module(mainModule),
  '/admin/base.js': module(baseModule),
  '/admin/token.js': module(tokenModule),
  '/admin/connections.js': module(connectionsModule),
  '/admin/activity.js': module(activityModule),
  '/admin/icon.svg': { type: 'image/svg+xml', text: icon },
};
