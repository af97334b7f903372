import { colors } from './colors.js';

/** The page's style sheet. */
export const style = `${colors}
* { box-sizing: border-box; }
[hidden] { display: none !important; }

body {
  max-width: 80rem;
  margin: 0 auto;
  padding: clamp(1.25rem, 4vw, 2.5rem) clamp(1rem, 4vw, 2rem);
}

header {
  display: flex;
  flex-wrap: wrap;
  gap: 1rem;
  align-items: center;
  margin-bottom: 1.5rem;
}
header div { min-width: 0; flex: 1 1 14rem; }
header p { margin: 0.25rem 0 0; color: var(--muted); }

h1, h2, h3 { margin: 0; line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.4rem, 4vw, 1.9rem); letter-spacing: -0.015em; }
h2 { font-size: 1.1rem; }
h3 { font-size: 0.95rem; }

.grid {
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr);
  gap: 1.25rem;
  align-items: start;
}

.card {
  min-width: 0;
  margin-bottom: 1.25rem;
  padding: 1.4rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
}

.lane { border-top: 4px solid var(--lane, var(--line)); }
[data-lane="token"] { --lane: var(--jwt-claims); }
[data-lane="ably"] { --lane: var(--jwt-signature); }

.count {
  padding: 0 0.5rem;
  color: var(--muted);
  font-size: 0.9rem;
  background: var(--page);
  border-radius: 1rem;
}

.note { margin: 0.35rem 0 0; color: var(--muted); font-size: 0.875rem; overflow-wrap: anywhere; }

code, pre, time, textarea, .claims dd { font-family: var(--mono); font-size: 0.9em; }

.title-row { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: baseline; justify-content: space-between; }

.connections { display: grid; gap: 0.8rem; margin: 0.9rem 0 0; padding: 0; list-style: none; }
.connections:empty { display: none; }
.connection { min-width: 0; padding: 0.9rem 1rem; background: var(--page); border: 1px solid var(--line); border-radius: 0.6rem; }
.connection.chosen { border-color: var(--jwt-claims); box-shadow: 0 0 0 1px var(--jwt-claims); }

.pick, .link {
  margin: 0;
  padding: 0;
  color: inherit;
  font: inherit;
  font-weight: 600;
  text-align: start;
  text-decoration: underline;
  text-underline-offset: 0.2em;
  text-decoration-color: var(--field);
  overflow-wrap: anywhere;
  background: none;
  border: 0;
}
.pick:hover, .link:hover { color: var(--accent); background: none; }
.link { width: fit-content; color: var(--muted); font-size: 0.85rem; font-weight: 400; }

.state {
  display: inline-flex;
  gap: 0.45rem;
  align-items: center;
  color: var(--warn);
  font-size: 0.9rem;
  font-weight: 600;
}
.state::before { width: 0.6rem; height: 0.6rem; background: currentColor; border-radius: 50%; content: ""; }
.state[data-state="connected"] { color: var(--good); }
.state[data-state="lost"] { color: var(--bad); }

.countdown { display: flex; flex-wrap: wrap; gap: 0.1rem 0.5rem; align-items: baseline; margin: 0.5rem 0 0.4rem; color: var(--muted); font-size: 0.9rem; }
.countdown strong { color: var(--text); font-size: 1.5rem; font-variant-numeric: tabular-nums; line-height: 1; }
.countdown span:last-child { margin-left: auto; font-variant-numeric: tabular-nums; }
.lifetime { position: relative; height: 0.5rem; background: var(--line); border-radius: 0.25rem; }
.remaining { height: 100%; background: var(--accent); border-radius: inherit; transition: width 0.25s linear; }
.mark { position: absolute; top: -0.25rem; bottom: -0.25rem; width: 2px; background: var(--text); }

.buttons { display: flex; flex-wrap: wrap; gap: 0.35rem; margin-top: 0.8rem; }

button {
  padding: 0.55rem 1.1rem;
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  background: var(--accent);
  border: 1px solid transparent;
  border-radius: 0.5rem;
  cursor: pointer;
}
button:hover { background: var(--accent-strong); }
button:disabled { opacity: 0.6; cursor: not-allowed; }
button.secondary { color: inherit; background: none; border-color: var(--field); }
button.secondary:hover { background: var(--tint); }
button.small { padding: 0.25rem 0.6rem; font-size: 0.875rem; font-weight: 500; }
button.danger { color: var(--bad); background: none; border-color: currentColor; }
button.danger:hover { background: var(--bad-tint); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

input:not([type="checkbox"]), select, textarea {
  min-width: 0;
  max-width: 100%;
  padding: 0.4rem 0.6rem;
  color: inherit;
  font: inherit;
  background: var(--page);
  border: 1px solid var(--field);
  border-radius: 0.5rem;
}
::placeholder { color: var(--muted); opacity: 1; }
input[type="checkbox"] { width: 1.1rem; height: 1.1rem; accent-color: var(--accent); vertical-align: -0.15rem; }

.part-header { color: var(--jwt-header); }
.part-signature { color: var(--jwt-signature); }
.part-signature.bad { color: var(--bad); }
.jwt {
  margin: 0.6rem 0 0;
  padding: 0.5rem 0.8rem;
  font-size: 0.85rem;
  line-height: 1.45;
  background: var(--page);
  border-left: 3px solid currentColor;
  border-radius: 0 0.4rem 0.4rem 0;
}
pre.jwt { white-space: pre-wrap; overflow-wrap: anywhere; }
.claims { display: flex; flex-wrap: wrap; gap: 0.4rem 1.5rem; border-left-color: var(--jwt-claims); }
.claims div { min-width: 0; }
.claims dt { color: var(--jwt-claims); }
.claims dd { margin: 0; overflow-wrap: anywhere; }

.verdict { margin: 0.6rem 0 0; font-weight: 600; overflow-wrap: anywhere; color: var(--muted); }
.verdict[data-verdict="accepted"] { color: var(--good); }
.verdict[data-verdict="refused"] { color: var(--bad); }

.findings { display: grid; gap: 0.4rem; margin: 0.5rem 0 0; padding: 0; list-style: none; font-size: 0.9rem; }
.findings:empty { display: none; }
.findings li { padding: 0.45rem 0.7rem; overflow-wrap: anywhere; background: var(--tint); border-left: 3px solid var(--warn); border-radius: 0 0.4rem 0.4rem 0; }
.findings li[data-severity="error"] { background: var(--bad-tint); border-left-color: var(--bad); }
.findings strong { font-family: var(--mono); font-size: 0.85em; }
.hint { margin: 0.2rem 0 0; color: var(--muted); }

#rights-title { margin-top: 1.1rem; }
.capability { display: grid; gap: 0.5rem; margin: 0.5rem 0 0; padding: 0; list-style: none; }
.capability li { display: grid; grid-template-columns: minmax(5rem, 8rem) minmax(0, 1fr); gap: 0.5rem; align-items: baseline; }
.capability code { overflow-wrap: anywhere; }
.capability div { display: flex; flex-wrap: wrap; gap: 0.35rem; }
.capability span { padding: 0.05rem 0.6rem; font-size: 0.85rem; overflow-wrap: anywhere; background: var(--tint); border-radius: 1rem; }

.inline-form { display: flex; flex-wrap: wrap; gap: 0.4rem 0.6rem; align-items: center; margin-top: 0.9rem; }
.inline-form input { flex: 1 1 6rem; }
output { font-weight: 700; overflow-wrap: anywhere; }
output[data-allowed="true"] { color: var(--good); }
output[data-allowed="false"] { color: var(--bad); }

.paste { display: grid; gap: 0.5rem; justify-items: start; margin-top: 1.2rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
.paste label { font-weight: 600; }
.paste textarea { width: 100%; resize: vertical; }

.log { max-height: 26rem; margin: 0.8rem 0 0; padding: 0; overflow-y: auto; list-style: none; font-size: 0.925rem; }
.log:empty { display: none; }
.log li[data-type] { display: grid; grid-template-columns: 5rem 7.5rem minmax(0, 1fr); gap: 0.3rem 0.9rem; align-items: baseline; padding: 0.45rem 0.2rem; }
.log li[data-type] + li { border-top: 1px solid var(--line); }
.log.without-requests li[data-type="request"] { display: none; }
.log time { color: var(--muted); font-variant-numeric: tabular-nums; }
.badge { color: var(--muted); font-weight: 600; }
[data-type="connected"] .badge, [data-type="renewed"] .badge { color: var(--good); }
[data-type="refused"] .badge, [data-type="revoked"] .badge { color: var(--bad); }
[data-type="expired"] .badge { color: var(--warn); }
.what { display: grid; gap: 0.2rem; min-width: 0; overflow-wrap: anywhere; }
.error-text { color: var(--muted); font-size: 0.9em; }

.outcome { margin: 0.9rem 0 1.1rem; padding: 0.6rem 1rem; overflow-wrap: anywhere; background: var(--tint); border-radius: 0.5rem; }
.outcome.bad { color: var(--bad); background: var(--bad-tint); }
.controls { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.6rem 2rem; }
.controls form { display: flex; flex-direction: column; gap: 0.55rem; align-items: flex-start; min-width: 0; }
.controls p { margin: 0; }
.controls label { display: flex; gap: 0.5rem; align-items: center; justify-content: space-between; width: 100%; font-size: 0.925rem; }
.controls label > :is(input:not([type="checkbox"]), select) { flex: 0 1 12.5rem; width: 12.5rem; }
.check, .controls label.check { display: flex; gap: 0.5rem; align-items: center; justify-content: flex-start; font-size: 0.925rem; }
.controls button { padding: 0.4rem 0.8rem; font-size: 0.925rem; }

@media (max-width: 56rem) {
  .grid { grid-template-columns: minmax(0, 1fr); gap: 0; }
}

@media (max-width: 34rem) {
  .card { padding: 1.1rem; }
  .log li[data-type] { grid-template-columns: 5rem minmax(0, 1fr); }
  .what { grid-column: 1 / -1; }
}

@media (prefers-reduced-motion: reduce) {
  .remaining { transition: none; }
}
`;
