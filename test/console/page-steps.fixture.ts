// What a person does in the page: goes somewhere, signs in, presses a button and answers its
// dialog.

import type { Locator, Page } from "playwright-core";
import { withinMs } from "../e2e/bed.fixture.ts";

/** How long a condition on the page may take. */
export const patience = { timeout: withinMs };

/** Goes to an address of the page, such as "#/mail". */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((next) => {
    location.hash = next;
  }, hash);
}

/** Signs in with a token, and waits until the page knows who it is. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.click("[data-sign-in]", patience);
  await page.fill("dialog input[name=token]", token);
  await page.click("dialog form button[type=submit]");
  await page.waitForSelector("[data-role=operator]", patience);
}

/** What is typed into a dialog. */
export interface DialogAnswers {
  readonly reason?: string;
  /** The word that keeps accidents away. */
  readonly word?: string;
}

/** Presses the button of an action, and returns its dialog. */
export async function openAction(page: Page, name: string): Promise<Locator> {
  await page.locator(`[data-action="${name}"]`).first().click(patience);
  const dialog = page.locator("dialog.action");
  await dialog.waitFor(patience);
  return dialog;
}

/** Answers a dialog, sends it, and returns what came of it, in words. */
export async function send(dialog: Locator, answers: DialogAnswers): Promise<string> {
  const { reason, word } = answers;
  if (reason !== undefined) await dialog.locator("[name=reason]").fill(reason);
  if (word !== undefined) await dialog.locator("[name=word]").fill(word);
  await dialog.locator("button[type=submit]:enabled").click(patience);
  const done = dialog.locator("[data-done]");
  const refused = dialog.locator(".refusal");
  await done.or(refused).first().waitFor(patience);
  if (await refused.isVisible()) return `refused: ${await refused.innerText()}`;
  const told = await done.innerText();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached", ...patience });
  return told;
}

/** An action from its button to its end. */
export async function act(page: Page, name: string, answers: DialogAnswers): Promise<string> {
  return send(await openAction(page, name), answers);
}
