// The SDK of OpenTelemetry with the ids that the services derive. Where spans go is said by its
// variables, OTEL_EXPORTER_OTLP_ENDPOINT above all.

import { derivedIds, openTelemetrySink } from "@hot-backup/kit/opentelemetry.ts";
import { sendSpansTo } from "@hot-backup/kit/spans.ts";
import { NodeSDK } from "@opentelemetry/sdk-node";

/**
 * From now on the spans of this process are sent, under this name unless the operator has another.
 */
export function sendTraces(serviceName: string): void {
  setDefaults({
    OTEL_SERVICE_NAME: serviceName,
    // Numbers are told at /metrics, and the log is standard output.
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
    // A collector that does not answer is told on standard error, and is nothing to the service.
    OTEL_LOG_LEVEL: "error",
  });
  // Nothing is instrumented: what is worth a span says so itself, and a stream of heartbeats is
  // not.
  const sdk = new NodeSDK({ idGenerator: derivedIds, instrumentations: [] });
  sdk.start();
  sendSpansTo(openTelemetrySink(() => sdk.shutdown()));
}

function setDefaults(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value;
}
