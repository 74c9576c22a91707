// Child processes of this process at the moment they are started, before they can have done anything: what a
// test does to one then does not depend on who is quicker.
import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

interface Teardown {
  teardown(end: () => unknown): unknown
}

/** Calls `act` with every child that runs the script of this name, as soon as it has a process id. */
export function onChildStart(t: Teardown, script: string, act: (child: ChildProcess) => void): void {
  const listener = (message: unknown) => {
    const { process } = message as { process: ChildProcess }
    process.once('spawn', () => {
      if (process.spawnargs.some(text => text.endsWith(script))) act(process)
    })
  }
  subscribe('child_process', listener)
  t.teardown(() => unsubscribe('child_process', listener))
}
