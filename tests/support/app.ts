/** The test application (tests/system/programs/app.c) under a wrapper. */
import { compileProgram } from "./programs.ts";
import { startWrapper, type Wrapper, type WrapperOptions } from "./wrapper.ts";

/**
 * Starts a wrapper whose application is `app WORDS`, and waits until the
 * application is ready. `signals N` prints each signal and ends with status 40
 * after signal N.
 */
export async function startApp(
  words: string,
  options: Omit<WrapperOptions, "args"> = {},
): Promise<Wrapper> {
  const args = [compileProgram("app"), ...words.split(" ")];
  const wrapper = startWrapper({ ...options, args });
  try {
    await wrapper.waitForOutput(/ready/);
    return wrapper;
  } catch (error) {
    await wrapper[Symbol.asyncDispose]();
    throw error;
  }
}
