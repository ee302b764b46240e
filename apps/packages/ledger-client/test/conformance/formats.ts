/** What is signed, hashed and encoded, against the published vectors. */

import { makeToken, readToken, requireHolder } from "../../src/access.js";
import { acceptAnswer, aliasDigest, aliasSigningBytes, verifyAliasAnswer } from "../../src/aliases.js";
import type { AliasAnswer } from "../../src/aliases.js";
import {
  authorityId,
  authoritySigningBytes,
  decodeAuthority,
  digitsDigest,
  readSignedAuthority,
  signAuthority,
} from "../../src/authorities.js";
import { bindingBytes, decodeNewKey, encodeNewKey, provePossession, requirePossession } from "../../src/bindings.js";
import { concat } from "../../src/bytes.js";
import { readPayCode, writePayCode } from "../../src/codes/pay-code.js";
import { isBindableEd25519, verifyEd25519 } from "../../src/ed25519.js";
import {
  bindGroup,
  checkSignatures,
  groupHash,
  readEnvelope,
  signBody,
  signaturesHash,
  signingBytes,
  ungroupedId,
} from "../../src/envelopes.js";
import { TAGS } from "../../src/generated/tags.js";
import { VERBS } from "../../src/generated/transactions.js";
import { prefix, taggedHash } from "../../src/hashing.js";
import type { Tag } from "../../src/hashing.js";
import { SeedKey, keyFromSeed } from "../../src/keys.js";
import { decode, encode } from "../../src/messagepack.js";
import type { Value } from "../../src/messagepack.js";
import { decodeOrder, orderSigningBytes, readSignedOrder, signOrder } from "../../src/orders.js";
import { isBindableP256, verifyP256 } from "../../src/p256.js";
import { answerChallenge, signInBytes } from "../../src/sign-in.js";
import { decodeBody, encodeBody, isConfidential, rolesOf, transactionId } from "../../src/transactions.js";
import type { Kind } from "../../src/transactions.js";
import { verifyAssertion } from "../../src/webauthn.js";
import { data, each, isRefused, refuses, same } from "./check.js";
import type { Check, Json, Vectors } from "./check.js";

/** Return the checks of every format that is signed or hashed. */
export function formatChecks(vectors: Vectors): Check[] {
  return [
    ...codecChecks(vectors["codec"]),
    ...hashingChecks(vectors["hashing"]),
    ...envelopeChecks(vectors["envelopes"]),
    ...transactionChecks(vectors["transactions"]),
    ...orderChecks(vectors["orders"]),
    ...authorityChecks(vectors["authorities"]),
    ...bindingChecks(vectors["bindings"]),
    ...accessChecks(vectors["access"]),
    ...signInChecks(vectors["sign_in"]),
    ...aliasChecks(vectors["aliases"]),
    ...ed25519Checks(vectors["ed25519"]),
    ...webauthnChecks(vectors["webauthn"]),
  ];
}

/** Return a typed value of a vector. */
function valueOf(found: Json): Value {
  switch (found.type) {
    case "nil":
      return null;
    case "integer":
      return BigInt(found.value);
    case "bytes":
      return data(found.value);
    case "array":
      return found.value.map(valueOf);
    default:
      return found.value;
  }
}

function codecChecks(codec: Json): Check[] {
  return [
    ...each("codec", codec.valid, (found) => {
      const [value, encoded] = [valueOf(found.value), data(found.encoded)];
      same(encode(value), encoded);
      same(encode(decode(encoded)), encoded);
    }),
    ...each("codec refuses", codec.refused, (found) => {
      refuses(found.code, () => decode(data(found.encoded), "malformed_receipt"));
      refuses("malformed_bytes", () => decode(data(found.encoded)));
    }),
  ];
}

function hashingChecks(hashing: Json): Check[] {
  return [
    { name: "hashing: every tag", run: () => { same(hashing.tags.map((tag: Json) => tag.tag).sort(), Object.keys(TAGS).sort()); } }, // prettier-ignore
    ...each("hashing", hashing.tags, (found) => {
      same(prefix(found.tag as Tag), data(found.prefix));
      for (const one of found.cases) {
        same(taggedHash(found.tag as Tag, data(one.data)), data(one.hash));
      }
    }),
  ];
}

async function checkEnvelope(found: Json): Promise<void> {
  const body = data(found.body);
  same(signingBytes(body), data(found.signing_bytes));
  same(transactionId(body), data(found.transaction_id));
  same(ungroupedId(body), data(found.ungrouped_id));
  const held = found.seeds.map((seed: string) => new SeedKey(data(seed)));
  const kept = await Promise.all(found.seeds.map((seed: string) => keyFromSeed(data(seed))));
  same(await signBody(body, ...held), data(found.envelope));
  same(await signBody(body, ...kept), data(found.envelope));
  const envelope = readEnvelope(data(found.envelope));
  checkSignatures(envelope);
  same(signaturesHash(envelope.signatures), data(found.signatures_hash));
}

function envelopeChecks({ single, group, refused }: Json): Check[] {
  const bodies = group.members.map((member: Json) => data(member.body));
  return [
    ...each("envelopes", single, checkEnvelope),
    ...each("envelopes in a group", group.members, checkEnvelope),
    {
      name: "envelopes: group hash",
      run() {
        same(groupHash(bodies), data(group.group_hash));
        const bound = bindGroup(...group.members.map((member: Json) => decodeBody(data(member.ungrouped_body))));
        same(bound.map(encodeBody), bodies);
      },
    },
    ...each("envelopes refuse", refused, (found) => {
      refuses(found.code, () => readEnvelope(data(found.envelope)));
    }),
  ];
}

function transactionChecks({ transactions }: Json): Check[] {
  return [
    { name: "transactions: every verb", run: () => { same(transactions.map((one: Json) => one.kind), Object.keys(VERBS)); } }, // prettier-ignore
    ...each("transactions", transactions, (found) => {
      const body = data(found.body);
      same(encode(found.elements.map(valueOf)), body);
      same(transactionId(body), data(found.transaction_id));
      const transaction = decodeBody(body);
      same(transaction, found.fields);
      same(Object.keys(transaction), Object.keys(found.fields));
      same(encodeBody(transaction), body);
      same([rolesOf(found.kind as Kind), isConfidential(found.kind as Kind)], [found.roles, found.confidential]);
      refuses("malformed_bytes", () => decodeBody(encode(found.elements.slice(0, -1).map(valueOf))));
      refuses("malformed_bytes", () => decodeBody(encode([...found.elements.map(valueOf), null])));
    }),
  ];
}

function orderChecks(orders: Json): Check[] {
  const key = new SeedKey(data(orders.seed));
  return [
    ...each("orders", orders.valid, async (found) => {
      const order = decodeOrder(data(found.order));
      same(order, found.fields);
      same(orderSigningBytes(data(found.order)), data(found.signing_bytes));
      same(await key.sign(data(found.signing_bytes)), data(found.signature));
      same(await signOrder(order, key), data(found.signed_order));
      same(readSignedOrder(data(found.signed_order)), { order: found.fields, publicKey: orders.public_key });
      const changed = data(found.signed_order);
      changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1);
      refuses("invalid_signature", () => readSignedOrder(changed));
    }),
    ...each("orders refuse", orders.refused, (found) => {
      refuses(found.code, () => decodeOrder(data(found.order)));
    }),
  ];
}

function authorityChecks(authorities: Json): Check[] {
  const key = new SeedKey(data(authorities.seed));
  return [
    ...each("authorities", authorities.valid, async (found) => {
      const [body, signed] = [data(found.authority), data(found.signed_authority)];
      const authority = decodeAuthority(body);
      same(authority, found.fields);
      same(authorityId(body), data(found.authority_id));
      same(authoritySigningBytes(body), data(found.signing_bytes));
      same(await signAuthority(authority, key), signed);
      same(readSignedAuthority(signed).id, data(found.authority_id));
      same(found.digits === null ? null : digitsDigest(found.digits, authority.account), authority.digits_digest);
      same(writePayCode({ token: found.token, authority: signed }), found.code);
      same(readPayCode(found.code), { token: found.token, authority: signed });
    }),
    ...each("authorities refuse", authorities.refused, (found) => {
      refuses(found.code, () => decodeAuthority(data(found.authority)));
    }),
  ];
}

function bindingChecks(bindings: Json): Check[] {
  return each("bindings", bindings.cases, async (found) => {
    const [holder, key] = [data(found.holder), new SeedKey(data(found.seed))];
    same(bindingBytes(found.chain_id, holder, data(found.public_key)), data(found.signing_bytes));
    const proven = await provePossession(key, found.chain_id, holder);
    same(proven.proof, data(found.proof));
    same(encodeNewKey(proven), data(found.new_key));
    requirePossession(decodeNewKey(data(found.new_key)), found.chain_id, holder);
    refuses("invalid_signature", () => {
      requirePossession(proven, found.chain_id, concat(holder, holder));
    });
  });
}

function accessChecks({ chain_id: chainId, account, view_key: viewKey, now_ms: nowMs, valid, refused }: Json): Check[] {
  return [
    ...each("access", valid, (found) => {
      same(makeToken(chainId, data(account), data(viewKey), found.expires_at_ms), found.token);
      requireHolder(readToken(found.token, nowMs), chainId, data(viewKey));
    }),
    ...each("access refuses", refused, (found) => {
      refuses(found.code, () => {
        requireHolder(readToken(found.token, nowMs), chainId, data(viewKey));
      });
    }),
  ];
}

function signInChecks(signIn: Json): Check[] {
  const key = new SeedKey(data(signIn.seed));
  return each("sign-in", signIn.signed, async (found) => {
    const challenge = data(found.challenge);
    same(key.publicKey, data(signIn.public_key));
    same(signInBytes(signIn.chain_id, challenge, key.publicKey), data(found.message));
    same(await answerChallenge(key, signIn.chain_id, challenge), data(found.signature));
  });
}

function aliasChecks({ digests, refused, ...asked }: Json): Check[] {
  const keys = { institution: asked.institution, keys: asked.public_keys.map(data), threshold: asked.threshold };
  const verify = (signed: string, alias: string = asked.alias): AliasAnswer =>
    verifyAliasAnswer(data(signed), alias, asked.chain_id, keys, asked.now_ms);
  return [
    ...each("alias digests", digests, (found) => {
      same(aliasDigest(found.alias), data(found.digest));
    }),
    {
      name: "aliases",
      run() {
        same(aliasSigningBytes(data(asked.answer)), data(asked.signing_bytes));
        const answer = verify(asked.signed);
        const pin = acceptAnswer(answer, undefined);
        same(acceptAnswer(answer, pin), pin);
        refuses("alias_changed", () => acceptAnswer(answer, { ...pin, institution: "bank-west" }));
        refuses("alias_changed", () => acceptAnswer(answer, { ...pin, account: new Uint8Array(16) }));
      },
    },
    ...each("aliases refuse", refused, (found) => {
      refuses(found.code, () => verify(found.signed));
    }),
  ];
}

function ed25519Checks({ cases, small_order: small, bindable }: Json): Check[] {
  const encodings: Uint8Array[] = small.encodings.map(data);
  return [
    ...each("ed25519", cases, (found) => {
      same(verifyEd25519(data(found.public_key), data(found.message), data(found.signature)), found.valid);
    }),
    ...each("ed25519 small order", small.encodings, (encoding) => {
      for (const commitment of encodings) {
        const signature = concat(commitment, data(small.s));
        same(verifyEd25519(data(encoding), data(small.message), signature), small.valid);
      }
    }),
    ...each("ed25519 bindable", bindable, (found) => {
      same(isBindableEd25519(data(found.public_key)), found.bindable);
    }),
  ];
}

function webauthnChecks(webauthn: Json): Check[] {
  const policy = { rpIds: webauthn.policy.rp_ids, origins: webauthn.policy.origins };
  const [publicKey, message] = [data(webauthn.public_key), data(webauthn.message)];
  return [
    ...each("p256", webauthn.p256, (found) => {
      same(verifyP256(data(found.public_key), data(found.digest), data(found.signature)), found.valid);
    }),
    ...each("webauthn bindable", webauthn.bindable, (found) => {
      same(isBindableP256(data(found.public_key)), found.bindable);
    }),
    ...each("webauthn", webauthn.assertions, (found) => {
      const verify = (): boolean => verifyAssertion(publicKey, message, data(found.signature), policy);
      if (found.valid) {
        same(verify(), true);
      } else if (!isRefused(verify)) {
        same(verify(), false);
      }
    }),
  ];
}
