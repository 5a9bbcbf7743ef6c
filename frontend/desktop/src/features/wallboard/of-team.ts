/** The wallboard of one team: its people, its queues, and the numbers that are theirs. */
import type { Wall } from "@/server/reports.ts"
import type { Team } from "@/server/teams.ts"

export function ofTeam(wall: Wall, team: Team): Wall {
  const agents = wall.agents.filter((one) => team.agents.includes(one.id))
  const queues = wall.queues.filter((one) => team.queues.includes(one.id))
  const waited = queues.map((one) => one.longest_waiting_since).filter((since) => since !== null)
  const here = new Set([...queues.map((one) => one.first_id), ...agents.map((one) => one.conversation_id)])
  return {
    ...wall,
    agents,
    queues,
    queue: queues.reduce((sum, one) => sum + one.waiting, 0),
    today: {
      ...wall.today,
      waited: { ...wall.today.waited, count: agents.reduce((sum, one) => sum + one.answered, 0) },
    },
    longest_waiting_since: waited.sort()[0] ?? null,
    needs_you: wall.needs_you.filter((one) => one.conversation_id && here.has(one.conversation_id)),
  }
}
