/** The page's colors and font, light and dark. */
export const colors = `
:root {
  color-scheme: light dark;
  --page: #f5f4f2;
  --card: #ffffff;
  --line: #e0ddd8;
  --field: #8c877f;
  --text: #1d1b1a;
  --muted: #66615b;
  --accent: #c8390b;
  --accent-strong: #a62e07;
  --on-accent: #ffffff;
  --tint: #fbeee9;
  --good: #177245;
  --warn: #8a5600;
  --bad: #b3261e;
  --bad-tint: #fdecea;
  --jwt-header: #a3123f;
  --jwt-claims: #5b3bb0;
  --jwt-signature: #0a6a78;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font: 16px / 1.5 system-ui, -apple-system, "Segoe UI", "Open Sans", Roboto, sans-serif;
  color: var(--text);
  background: var(--page);
}

@media (prefers-color-scheme: dark) {
  :root {
    --page: #161413;
    --card: #211e1c;
    --line: #3a3532;
    --field: #8c857e;
    --text: #f2efec;
    --muted: #b0a9a2;
    --accent: #ff7a4d;
    --accent-strong: #ff9670;
    --on-accent: #2a0d03;
    --tint: #3a241b;
    --good: #6fd19b;
    --warn: #f0b94f;
    --bad: #ff9a90;
    --bad-tint: #3d1d1a;
    --jwt-header: #ff8fae;
    --jwt-claims: #c0a8ff;
    --jwt-signature: #6fd3df;
  }
}
`;
