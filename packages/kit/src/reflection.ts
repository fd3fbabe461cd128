// Server reflection (v1 and v1alpha) over the descriptor set that buf built from proto/, so that
// grpcurl and buf curl can list, describe and call every method, third-party types and comments
// included.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createFileRegistry, type DescFile, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type handleBidiStreamingCall, status as Code } from "@grpc/grpc-js";
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService as V1,
} from "@hot-backup/proto/grpc/reflection/v1/reflection.ts";
import { ServerReflectionService as V1Alpha } from "@hot-backup/proto/grpc/reflection/v1alpha/reflection.ts";

/** Both versions of the reflection service, ready to be added to a server. */
export function createReflection(serviceNames: readonly string[]) {
  const names = [...serviceNames, "grpc.reflection.v1.ServerReflection"];
  const answer = createAnswerer([...names, "grpc.reflection.v1alpha.ServerReflection"]);
  const handler: handleBidiStreamingCall<ServerReflectionRequest, ServerReflectionResponse> = (
    call,
  ) => {
    call.on("data", (request: ServerReflectionRequest) => call.write(answer(request)));
    call.on("end", () => call.end());
    call.on("error", () => call.end());
  };
  return [
    { definition: V1, implementation: { serverReflectionInfo: handler } },
    { definition: V1Alpha, implementation: { serverReflectionInfo: handler } },
  ] as const;
}

type Answer = Pick<ServerReflectionResponse, "messageResponse">["messageResponse"];

function createAnswerer(names: readonly string[]) {
  const path = fileURLToPath(import.meta.resolve("@hot-backup/proto/descriptor.binpb"));
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
  const files = [...registry.files];

  // A method or an enum value is found through the symbol that holds it.
  const fileOf = (symbol: string) => {
    const holder = symbol.slice(0, Math.max(0, symbol.lastIndexOf(".")));
    return (registry.get(symbol) ?? registry.get(holder))?.file;
  };
  const choose = (request: ServerReflectionRequest): Answer => {
    const asked = request.messageRequest;
    switch (asked?.$case) {
      case "listServices":
        return {
          $case: "listServicesResponse",
          value: { service: names.map((name) => ({ name })) },
        };
      case "fileContainingSymbol":
        return withDependencies(fileOf(asked.value), asked.value);
      case "fileByFilename":
        return withDependencies(
          files.find((file) => `${file.name}.proto` === asked.value),
          asked.value,
        );
      case "fileContainingExtension":
      case "allExtensionNumbersOfType":
      case undefined:
        return notFound("extensions: none are used");
    }
  };
  return (request: ServerReflectionRequest): ServerReflectionResponse => ({
    validHost: request.host,
    originalRequest: request,
    messageResponse: choose(request),
  });
}

function withDependencies(file: DescFile | undefined, name: string): Answer {
  if (file === undefined) return notFound(name);
  const seen = new Map<string, Buffer>();
  const visit = (each: DescFile) => {
    if (seen.has(each.name)) return;
    seen.set(each.name, Buffer.from(toBinary(FileDescriptorProtoSchema, each.proto)));
    for (const dependency of each.dependencies) visit(dependency);
  };
  visit(file);
  return { $case: "fileDescriptorResponse", value: { fileDescriptorProto: [...seen.values()] } };
}

function notFound(name: string): Answer {
  return {
    $case: "errorResponse",
    value: { errorCode: Code.NOT_FOUND, errorMessage: `Not found: ${name}` },
  };
}
