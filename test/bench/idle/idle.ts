export async function benchIdle(_args: readonly string[], _signal: AbortSignal): Promise<void> {
  throw new Error('to come')
}
