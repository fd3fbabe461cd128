// Who looks: a name and a role.

import { session } from "../gateway/session.ts";

export function SignIn() {
  const person = session.value?.person;
  if (person === undefined) return <span class="contact">not signed in</span>;
  return (
    <span class="contact">
      {person.name} · {person.role}
    </span>
  );
}
