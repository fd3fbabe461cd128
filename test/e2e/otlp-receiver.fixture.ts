// A collector of traces, as small as can be: keeps the spans that come by OTLP over HTTP in JSON.
// Source: OpenTelemetry Protocol 1.9, "OTLP/HTTP" and "JSON Protobuf Encoding".

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const attribute = z.object({
  key: z.string(),
  value: z.object({ stringValue: z.string().optional() }),
});
const attributes = z
  .array(attribute)
  .default([])
  .transform((all) => new Map(all.map(({ key, value }) => [key, value.stringValue ?? ""])));
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes,
});
const scope = z.object({ spans: z.array(span) });
const resource = z.object({ resource: z.object({ attributes }), scopeSpans: z.array(scope) });
const request = z.object({ resourceSpans: z.array(resource) });

/** A span as it arrived. */
export interface ReceivedSpan extends z.infer<typeof span> {
  /** Name of the service that sent it. */
  readonly service: string;
}

/** Listens on a free port of 127.0.0.1. */
export async function openOtlpReceiver(): Promise<
  AsyncDisposable & { readonly endpoint: string; readonly spans: readonly ReceivedSpan[] }
> {
  const spans: ReceivedSpan[] = [];
  const server = createServer((incoming, response) => {
    let body = "";
    incoming.on("data", (chunk) => (body += String(chunk)));
    incoming.on("end", () => {
      for (const sent of request.parse(JSON.parse(body)).resourceSpans) {
        const service = sent.resource.attributes.get("service.name") ?? "";
        const all = sent.scopeSpans.flatMap((each) => each.spans);
        spans.push(...all.map((each) => ({ ...each, service })));
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
