// What an operator should know before they touch a channel that a monitor looks after.

import type { ChannelView } from "../../src/view/channel.ts";
import { hrefOf } from "../routing/route.ts";

export function OwnerWarning({ channel }: { readonly channel: ChannelView }) {
  const { protectedBy } = channel;
  if (protectedBy === "") return null;
  return (
    <p class="warning">
      It is protected by <a href={hrefOf("server", protectedBy)}>{protectedBy}</a>, whose monitor
      may start it again. To move channels use switchover or failback.
    </p>
  );
}
