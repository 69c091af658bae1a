// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs a real OpenID provider on loopback for tests: provider.js FILE. FILE is JSON and says issuer, port, clients (metadata as they are
// registered) and accounts (claims by subject). Clients and accounts are read again at every use, so that tests change a client's secret
// while the provider runs. Whoever types a known subject is signed in; a password has no place here.
import { readFileSync } from 'node:fs';
import Provider, { interactionPolicy } from 'oidc-provider';

const file = process.argv[2];
const read = () => JSON.parse(readFileSync(file, 'utf8'));
const { issuer, port } = read();

// Store keeps what the provider issues in memory, and clients in the file.
class Store {
  static all = new Map();

  constructor(kind) { this.kind = kind; }

  key(id) { return `${this.kind}:${id}`; }

  async upsert(id, payload) {
    Store.all.set(this.key(id), payload);
    if (payload.uid) Store.all.set(`${this.kind}.uid:${payload.uid}`, id);
  }

  async find(id) {
    if (this.kind === 'Client') return read().clients.find((client) => client.client_id === id);
    return Store.all.get(this.key(id));
  }

  async findByUid(uid) { return this.find(Store.all.get(`${this.kind}.uid:${uid}`)); }

  async consume(id) { this.find(id).then((found) => { found.consumed = Math.floor(Date.now() / 1000); }); }

  async destroy(id) { Store.all.delete(this.key(id)); }

  async revokeByGrantId(grantId) {
    for (const [key, value] of Store.all) if (value?.grantId === grantId) Store.all.delete(key);
  }
}

const policy = interactionPolicy.base();
policy.remove('consent');

const provider = new Provider(issuer, {
  adapter: Store,
  acrValues: ['password', 'two-factors'],
  claims: {
    openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'], groups: ['groups'],
  },
  scopes: ['openid', 'profile', 'email', 'groups'],
  conformIdTokenClaims: read().conform !== false,
  cookies: { keys: ['only for tests'] },
  features: { devInteractions: { enabled: false } },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  async findAccount(_, id) {
    const claims = read().accounts[id];
    return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
  },
  // Nobody is asked for consent: the company has given it.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email groups');
    await grant.save();
    return grant;
  },
});

const page = `<!doctype html><html lang="en"><title>Company sign-in</title><main><h1>Company sign-in</h1>
<form method="post"><label>Subject <input name="subject" id="subject" autofocus></label>
<label>How <select name="acr" id="acr"><option>password</option><option>two-factors</option></select></label>
<button id="sign-in">Sign in</button> <button id="decline" name="decline" value="yes">Decline</button></form></main></html>`;

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  if (ctx.method === 'GET') {
    await provider.interactionDetails(ctx.req, ctx.res);
    ctx.type = 'html';
    ctx.body = page;
    return undefined;
  }
  const parts = [];
  for await (const part of ctx.req) parts.push(part);
  const form = new URLSearchParams(Buffer.concat(parts).toString());
  const accountId = form.get('subject');
  const result = form.get('decline') || !read().accounts[accountId]
    ? { error: 'access_denied' } : { login: { accountId, acr: form.get('acr') } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  ctx.respond = false;
  return undefined;
});

provider.on('server_error', (_, error) => console.error(error));
provider.listen(port, '127.0.0.1', () => console.log('ready'));
