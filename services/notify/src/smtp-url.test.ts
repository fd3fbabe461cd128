import { expect, test } from "vitest";
import { parseSmtpUrl } from "./smtp-url.ts";

test.each([
  ["smtp://127.0.0.1:7525", { host: "127.0.0.1", port: 7525, isTls: false }],
  ["smtp://mail.example.org", { host: "mail.example.org", port: 587, isTls: false }],
  ["smtps://mail.example.org/", { host: "mail.example.org", port: 465, isTls: true }],
  ["smtp://[::1]:25", { host: "::1", port: 25, isTls: false }],
])("%s is a server without login", (text, server) => {
  expect(parseSmtpUrl(text)).toEqual({ isValid: true, value: { ...server, login: undefined } });
});

test("user and password are percent-decoded", () => {
  expect(parseSmtpUrl("smtp://a%40b:p%3Aw%2F@h:1")).toMatchObject({
    value: { login: { user: "a@b", password: "p:w/" } },
  });
});

test.each([
  "mail.example.org:25",
  "http://h",
  "smtp://",
  "smtp://h:0",
  "smtp://h:99999",
  "smtp://h/path",
  "smtp://h?pool=true",
  "smtp://:s3cret@h",
  "smtp://u:%zz-s3cret@h",
])("%s is refused without repeating it", (text) => {
  const result = parseSmtpUrl(text);
  expect(result.isValid).toBe(false);
  expect(JSON.stringify(result)).not.toContain("s3cret");
});
