// The plainest mail: a subject and a text. Good for trying out a notify service.

import { z } from "zod";
import { markup } from "./html.ts";
import { toSubject } from "./subject.ts";
import type { Template } from "./template.ts";

const values = z.object({ subject: z.string().min(1), text: z.string() });

export const messageTemplate: Template = {
  name: "message",
  render: (given) => {
    const result = values.safeParse(given, { reportInput: false });
    if (!result.success) {
      const problems = result.error.issues.map((issue) => ({
        field: issue.path.join("."),
        description: issue.message,
      }));
      return { isValid: false, problems };
    }
    const { subject, text } = result.data;
    const body = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body style="margin:16px;font-family:sans-serif;font-size:16px">
<div style="white-space:pre-wrap">${text}</div>
</body>
</html>
`;
    return { isValid: true, value: { subject: toSubject(subject), text, html: body.html } };
  },
};
