/** What the OpenAPI document says of each route, as types: nothing here names a route. */

import type { components, paths, webhooks } from "./generated/port.js";

/** Every named schema of the port. */
export type Schemas = components["schemas"];

/** What a webhook tells, by its `type`; verify the signature first. */
export type WebhookEvent = {
  [T in keyof webhooks]: webhooks[T]["post"]["requestBody"]["content"]["application/json"];
}[keyof webhooks];

/** A method of HTTP, as the document writes it. */
export type Method = "get" | "post" | "put" | "patch" | "delete";

/** Paths that have a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Readonly<Record<M, object>> ? P : never;
}[keyof paths];

/** The operation of a method at a path. */
export type Operation<M extends Method, P extends keyof paths> =
  paths[P] extends Readonly<Record<M, infer O>> ? O : never;

/** Paths whose answer is a stream of events. */
export type EventPath = {
  [P in PathOf<"get">]: "text/event-stream" extends MediaOf<Operation<"get", P>> ? P : never;
}[PathOf<"get">];

/** Headers that the client itself sets, so that a caller need not. */
type OwnHeaders = "Accept" | "Accept-Language" | "Authorization" | "Content-Type" | "Idempotency-Key" | "Last-Event-ID";

/** What a caller gives for an operation: exactly what the document asks for. */
export type Input<O> = Part<"path", ParametersOf<O, "path">> &
  Part<"query", ParametersOf<O, "query">> &
  Part<"headers", WithoutOwn<ParametersOf<O, "header">>> &
  BodyPart<O>;

/** What an operation answers where it succeeds; other media types than JSON and text are bytes. */
export type Output<O> = O extends { readonly responses: infer R }
  ? { [S in keyof R & Success]: R[S] extends { content: infer C } ? Content<C> : undefined }[keyof R & Success]
  : never;

type Success = 200 | 201 | 202 | 204;

type Content<C> = {
  [Media in keyof C]: Media extends `${string}json` ? C[Media] : Media extends `text/${string}` ? string : Uint8Array;
}[keyof C];

type MediaOf<O> = O extends { readonly responses: { readonly 200: { content: infer C } } } ? keyof C : never;

type ParametersOf<O, Place extends string> = O extends { readonly parameters: infer A }
  ? Place extends keyof A
    ? Exclude<A[Place], undefined>
    : never
  : never;

type WithoutOwn<H> = [H] extends [never] ? never : Omit<H, OwnHeaders>;

type BodyPart<O> = O extends { readonly requestBody: { readonly content: infer C } }
  ? { readonly body: BodyContent<C> }
  : O extends { readonly requestBody?: { readonly content: infer C } }
    ? { readonly body?: BodyContent<C> }
    : unknown;

type BodyContent<C> = { [Media in keyof C]: Media extends `${string}json` ? C[Media] : Uint8Array }[keyof C];

/** A member that may be left out where nothing in it is required, and is not there where there is nothing to give. */
type Part<Name extends string, Given> = [Given] extends [never]
  ? unknown
  : object extends Given
    ? Readonly<Partial<Record<Name, Given>>>
    : Readonly<Record<Name, Given>>;
