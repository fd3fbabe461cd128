// What to do about each reason why a takeover would fail, in one line. docs/operations.md says more
// about each; a test holds the two together.

/** By reason. A reason that is not here has a text that must do. */
export const adviceByReason: Readonly<Record<string, string>> = {
  CHECK_UNSUPPORTED: "Upgrade the service: its version cannot look for itself.",
  TARGET_UNREACHABLE: "Start the channels service there, or mend the network between.",
  NOT_DEPLOYED: "Deploy the definition of the server there, INACTIVE.",
  NOT_PROTECTED: "Deploy it with protectedBy of the server whose channel it is.",
  NOT_IN_FLOW: "Name the channel in a startChannels step of the case DEAD, and in LIVE to stop it.",
  DEFINITION_DIFFERS: "Deploy the same definition on both servers.",
  CHANNEL_FAILED: "Read its log there, and mend what it failed of.",
  FOLDER_MISSING: "Make the working directory, or mount its disk.",
  FOLDER_CLOSED: "Give the user of the channel the right to enter it.",
  COMMAND_NOT_FOUND: "Install the program there, or mend the PATH of its definition.",
  COMMAND_NOT_EXECUTABLE: "Make the file executable for the user of the channel.",
  INTERPRETER_MISSING: "Install the interpreter that the first line of the script names.",
  USER_UNKNOWN: "Add the user there.",
  USER_FORBIDDEN: "Run the channels service as root, or the channel as its user.",
  PORT_IN_USE: "Stop what listens there, or give the channel another port.",
  CHECK_UNFINISHED: "See that the disks of its files answer there.",
  STORE_NOT_WRITABLE: "Mend the permissions or the disk of the data folder there.",
  LOGS_NOT_WRITABLE: "Mend the permissions or the disk of the log folder there.",
  DISK_FULL: "Make room on the disk of the data folder there.",
  STOPPING: "Start the channels service there again.",
  SERVER_UNKNOWN: "See that its heartbeats arrive: ExplainServer says what is wrong with them.",
  NOTIFY_UNREACHABLE: "Start the notify service, or mend the network between.",
  SMTP_UNREACHABLE: "Mend the mail server, or the address and login of it in the configuration.",
  MAIL_WAITS: "Look at the ledger: its last answer says why the mail is not taken.",
};
