/** The client of the unified port: every route of its OpenAPI document, typed, with safe retries. */

import { mediaTypeOf } from "./problems.js";
import { PATIENCE, persist, wait } from "./retries.js";
import type { Patience, Wait } from "./retries.js";
import type { Input, Method, Operation, Output, PathOf } from "./routes.js";

/** Gives what authorises a call: an access token, a session's or an API key. Asked before every attempt. */
export type TokenSource = () => string | Promise<string>;

/** How a client is set up. */
export interface PortOptions {
  /** What authorises calls that do not bring a token of their own. */
  readonly token?: TokenSource;
  /** Language of the sentences in problems. */
  readonly language?: "en" | "zh";
  /** How patient it is; what is left out is as in `PATIENCE`. */
  readonly patience?: Partial<Patience>;
  /** What makes requests; the platform's own unless given. */
  readonly fetch?: typeof fetch;
  /** What waits between attempts; real time unless given. */
  readonly wait?: Wait;
}

/** What a caller may say about one call. */
export interface CallOptions {
  /** What authorises this call; null where nothing shall. */
  readonly token?: TokenSource | null;
  /** Key under which the port remembers the call; drawn unless given. Keep it where a call must survive a restart. */
  readonly idempotencyKey?: string;
  /** Aborts the call. */
  readonly signal?: AbortSignal;
  /** How patient this call is. */
  readonly patience?: Partial<Patience>;
}

/** Arguments of a call: none needed where the route asks for nothing. */
export type Arguments<O> = object extends Input<O> ? [input?: Input<O> & CallOptions] : [input: Input<O> & CallOptions];

/** What stands in a path or a query. */
export type Parameter = string | number | boolean;

/** What is sent, as the types of {@link Input} have it. */
export interface Sent {
  /** Parts of the path. */
  readonly path?: Readonly<Record<string, Parameter>>;
  /** The query; what is null or undefined is left out, a list is given one by one. */
  readonly query?: Readonly<Record<string, Parameter | readonly Parameter[] | null | undefined>>;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body: bytes as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** One port. */
export class Port {
  /** Waits, for those who build on this client. */
  readonly wait: Wait;
  /** How patient calls are that do not say. */
  readonly patience: Patience;

  constructor(
    /** Where the port is, such as `https://port.example`. */
    private readonly url: string,
    private readonly options: PortOptions = {},
  ) {
    this.wait = options.wait ?? wait;
    this.patience = { ...PATIENCE, ...options.patience };
  }

  /** GET a route. */
  get<P extends PathOf<"get">>(
    path: P,
    ...given: Arguments<Operation<"get", P>>
  ): Promise<Output<Operation<"get", P>>> {
    return this.call("get", path, given[0]);
  }

  /** POST to a route; the Idempotency-Key is drawn once and kept over retries. */
  post<P extends PathOf<"post">>(
    path: P,
    ...given: Arguments<Operation<"post", P>>
  ): Promise<Output<Operation<"post", P>>> {
    return this.call("post", path, given[0]);
  }

  /** PUT to a route. */
  put<P extends PathOf<"put">>(
    path: P,
    ...given: Arguments<Operation<"put", P>>
  ): Promise<Output<Operation<"put", P>>> {
    return this.call("put", path, given[0]);
  }

  /** PATCH a route. */
  patch<P extends PathOf<"patch">>(
    path: P,
    ...given: Arguments<Operation<"patch", P>>
  ): Promise<Output<Operation<"patch", P>>> {
    return this.call("patch", path, given[0]);
  }

  /** DELETE a route. */
  delete<P extends PathOf<"delete">>(
    path: P,
    ...given: Arguments<Operation<"delete", P>>
  ): Promise<Output<Operation<"delete", P>>> {
    return this.call("delete", path, given[0]);
  }

  /** Make a call without types, with retries; returns what `read` makes of the successful answer. */
  async send<T>(
    method: Method,
    path: string,
    sent: Sent & CallOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const address = addressOf(this.url, path, sent);
    const headers = this.headersOf(method, sent);
    const body = bodyOf(sent.body);
    const making = this.options.fetch ?? fetch;
    const request = async (signal: AbortSignal): Promise<Response> => {
      const token = await (sent.token === undefined ? this.options.token : sent.token)?.();
      const authorised = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
      return making(address, { method: method.toUpperCase(), headers: authorised, body, signal });
    };
    return persist({ request, read }, { ...this.patience, ...sent.patience }, this.wait, sent.signal);
  }

  private call(method: Method, path: string, given: (Sent & CallOptions) | undefined): Promise<never> {
    // The types of the caller come from the document; what arrives is what the port says it sends.
    return this.send(method, path, given ?? {}, contentOf) as Promise<never>;
  }

  private headersOf(method: Method, sent: Sent & CallOptions): Record<string, string> {
    const isJson = sent.body !== undefined && !(sent.body instanceof Uint8Array);
    return {
      ...(this.options.language === undefined ? {} : { "accept-language": this.options.language }),
      ...(method === "get" ? {} : { "idempotency-key": sent.idempotencyKey ?? crypto.randomUUID() }),
      ...(isJson ? { "content-type": "application/json" } : {}),
      ...(sent.body instanceof Uint8Array ? { "content-type": "application/msgpack" } : {}),
      ...sent.headers,
    };
  }
}

function addressOf(base: string, path: string, sent: Sent): string {
  const filled = path.replace(/\{([^}]+)\}/gu, (_part, name: string) => {
    const value = sent.path?.[name];
    if (value === undefined) {
      throw new TypeError(`the path ${path} needs ${name}`);
    }
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(sent.query ?? {})) {
    for (const each of [value ?? []].flat()) {
      query.append(name, String(each));
    }
  }
  const text = query.toString();
  return `${base.replace(/\/$/u, "")}${filled}${text === "" ? "" : `?${text}`}`;
}

function bodyOf(body: unknown): BodyInit | null {
  if (body === undefined) {
    return null;
  }
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

/** Return what an answer holds: JSON, text, or bytes; undefined where it is empty. */
async function contentOf(response: Response): Promise<unknown> {
  if (response.status === 204) {
    return undefined;
  }
  const media = mediaTypeOf(response);
  if (media.endsWith("json")) {
    return response.json();
  }
  return media.startsWith("text/") ? response.text() : new Uint8Array(await response.arrayBuffer());
}
