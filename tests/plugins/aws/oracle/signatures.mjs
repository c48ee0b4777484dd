// Whether aws4 comes to the signatures of requests that our client sent.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import aws4 from "aws4";

// file: the fake's requests.jsonl; keys as the SDK names them. The actions that were asked for, each once.
export function signedActions(file, keys) {
  const sent = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const actions = new Set();
  for (const { action, path, headers, body } of sent) {
    const got = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
    const [, region, service] = got.authorization.match(/Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/);
    const covered = got.authorization.match(/SignedHeaders=([^,]+)/)[1].split(";");
    const request = { method: "POST", path, region, service, body: Buffer.from(body, "base64"),
      headers: Object.fromEntries(covered.map((name) => [name, got[name]])),
      extraHeadersToIgnore: { "content-length": true } };  // aws4 would cover it, too
    aws4.sign(request, keys);
    const theirs = (request.headers.Authorization ?? request.headers.authorization).match(/Signature=(\w+)/)[1];
    assert.equal(got.authorization.match(/Signature=(\w+)/)[1], theirs, `${action} is signed otherwise`);
    actions.add(action);
  }
  return { count: sent.length, actions: [...actions].sort() };
}
