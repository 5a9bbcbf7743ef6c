/** What is seldom needed comes with its words when it is. */
import { defineAsyncComponent, type Component } from "vue"
import { speakOfAll } from "./index.ts"

export const worded = <C extends Component>(load: () => Promise<{ default: C } | C>) =>
  defineAsyncComponent<C>(async () => (await Promise.all([load(), speakOfAll()]))[0] as C)
