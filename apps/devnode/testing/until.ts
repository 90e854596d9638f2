/**
 * For tests only: resolves once it holds.
 * @param state what is there instead
 * @throws Error with that after a minute
 */
export async function until(holds: () => boolean, state: () => string = () => String(holds)): Promise<void> {
  const end = performance.now() + 60_000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not so after a minute: ${state()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
