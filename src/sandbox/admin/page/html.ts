/** The page's markup. */
export const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Ably sandbox</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="/admin/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/admin/style.css">
    <script src="/admin/main.js" type="module"></script>
  </head>
  <body>
    <header>
      <img src="/admin/icon.svg" alt="" width="40" height="40">
      <div>
        <h1>Ably sandbox</h1>
        <p id="where">A local server that speaks Ably's protocol</p>
      </div>
      <p id="link" class="state" role="status" data-state="connecting">connecting</p>
    </header>

    <main>
      <div class="grid">
        <section class="card lane" data-lane="ably" aria-labelledby="connections-title">
          <h2 id="connections-title">Connections <span id="count" class="count">0</span></h2>
          <p id="none" class="note">No client is connected. Point an Ably SDK at <code id="endpoint"></code>, with TLS off.</p>
          <ul id="connections" class="connections"></ul>
        </section>

        <section class="card lane" data-lane="token" aria-labelledby="token-title">
          <h2 id="token-title">The token</h2>
          <p id="token-note" class="note">Choose a client or a line of the activity, or paste a token below.</p>
          <div id="token" hidden>
            <p id="verdict" class="verdict"></p>
            <ul id="findings" class="findings"></ul>
            <pre id="jwt-header" class="jwt part-header" tabindex="0" role="region" aria-label="Header of the token"></pre>
            <dl id="claims" class="jwt claims"></dl>
            <p id="signature" class="jwt part-signature"></p>
            <h3 id="rights-title">What it may do</h3>
            <ul id="capability" class="capability" aria-labelledby="rights-title"></ul>
            <form id="can" class="inline-form" aria-label="Check a right">
              <label for="can-operation">Can it</label>
              <select id="can-operation">
                <option>subscribe</option><option>publish</option><option>presence</option><option>history</option>
                <option>channel-metadata</option><option>stats</option><option>annotation-subscribe</option>
                <option>annotation-publish</option><option>message-update-own</option><option>message-update-any</option>
                <option>message-delete-own</option><option>message-delete-any</option><option>object-subscribe</option>
                <option>object-publish</option><option>push-subscribe</option><option>push-admin</option>
                <option>privileged-headers</option>
              </select>
              <label for="can-channel">on channel</label>
              <input id="can-channel" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="chat:42" required>
              <button type="submit" class="secondary">Check</button>
              <output id="can-answer" for="can-operation can-channel"></output>
            </form>
          </div>
          <form id="explain" class="paste">
            <label for="pasted">Why is my token refused?</label>
            <textarea id="pasted" rows="2" autocomplete="off" autocapitalize="none" spellcheck="false" required placeholder="Paste a token: eyJ…"></textarea>
            <button type="submit">Explain</button>
          </form>
        </section>
      </div>

      <section class="card" aria-labelledby="log-title">
        <div class="title-row">
          <h2 id="log-title">Activity</h2>
          <label class="check"><input id="show-requests" type="checkbox" checked> REST requests</label>
        </div>
        <p id="quiet" class="note">Nothing has happened yet.</p>
        <ol id="log" class="log" aria-live="polite" aria-labelledby="log-title" tabindex="0"></ol>
      </section>

      <section class="card" aria-labelledby="controls-title">
        <h2 id="controls-title">Make something happen</h2>
        <p id="outcome" class="outcome" role="status">Each control does to the sandbox what Ably, or a network, would do to your clients.</p>
        <div class="controls">
          <form data-control="fail">
            <h3>Make requests fail</h3>
            <label>What <select name="on"><option value="connect">connecting</option><option value="renew">a renewal</option><option value="request">a REST request</option><option value="next">whatever comes next</option></select></label>
            <label>How <select name="with"><option value="40142">40142, token expired</option><option value="40101">40101, not authorized</option><option value="40160">40160, not permitted</option><option value="42911">42911, rate limit</option><option value="50000">50000, internal error</option><option value="503">HTTP status 503</option><option value="close">no answer, closed</option><option value="hang">no answer, open</option><option value="delay">3 seconds late</option></select></label>
            <label>Client <input name="clientId" autocomplete="off" spellcheck="false" autocapitalize="none" placeholder="any"></label>
            <label>Times <input name="times" type="number" min="1" value="1" required></label>
            <button class="secondary">Let it fail</button>
          </form>
          <form data-control="revoke">
            <h3>Revoke tokens</h3>
            <label>By <select name="kind"><option value="clientId">client id</option><option value="revocationKey">revocation key</option><option value="channel">channel</option></select></label>
            <label>Value <input name="value" autocomplete="off" spellcheck="false" autocapitalize="none" required></label>
            <label class="check"><input type="checkbox" name="margin"> Ask for a new token first</label>
            <button class="secondary">Revoke</button>
          </form>
          <form data-control="clock">
            <h3>Move the clock</h3>
            <p><time id="clock"></time></p>
            <label>Ahead by <select name="advance"><option>30s</option><option selected>5m</option><option>1h</option><option>1d</option></select></label>
            <p class="note">For good: tokens signed by the real clock grow older by it.</p>
            <button class="secondary">Move</button>
          </form>
          <form data-control="key">
            <h3>Keys</h3>
            <label>Key <select id="keys" name="keyName"></select></label>
            <button class="secondary" value="revoke-key">Revoke the key</button>
            <button class="secondary" value="disable-app">Disable the app</button>
            <button class="secondary" value="enable-app">Enable the app</button>
          </form>
          <form data-control="limit-connections">
            <h3>Limit connections</h3>
            <label>Of one token <input name="limit" type="number" min="1" placeholder="no limit"></label>
            <button class="secondary">Set</button>
          </form>
          <form data-control="channel-rules">
            <h3>Channel rules</h3>
            <label>Namespace <input name="namespace" autocomplete="off" spellcheck="false" autocapitalize="none" placeholder="chat" required></label>
            <label class="check"><input type="checkbox" name="identified"> Only with a client id</label>
            <label class="check"><input type="checkbox" name="persisted" checked> Keep history</label>
            <label class="check"><input type="checkbox" name="mutableMessages" checked> Messages can change</label>
            <button class="secondary">Set</button>
          </form>
          <form data-control="all">
            <h3>Everybody</h3>
            <button class="secondary" value="prompt">Ask to renew</button>
            <button class="secondary" value="expire">Expire</button>
            <button class="secondary" value="drop">Drop</button>
            <button class="danger" value="stop">Stop the sandbox</button>
          </form>
        </div>
      </section>
    </main>
  </body>
</html>
`;
