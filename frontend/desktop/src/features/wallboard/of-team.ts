/** The wallboard of one team: its people, its queues, and the numbers that are theirs. */
import type { Wall } from "@/server/reports.ts"
import type { Team } from "@/server/teams.ts"

export function ofTeam(wall: Wall, team: Team): Wall {
  const agents = wall.agents.filter((one) => team.agents.includes(one.id))
  const queues = wall.queues.filter((one) => team.queues.includes(one.id))
  const waited = queues.map((one) => one.longest_waiting_since).filter((since) => since !== null)
  const sum = (of: "waiting" | "kept" | "missed") => queues.reduce((all, one) => all + one[of], 0)
  return {
    ...wall,
    agents,
    queues,
    queue: sum("waiting"),
    queue_before: null,
    today: {
      ...wall.today,
      kept: sum("kept"),
      missed: sum("missed"),
      waited: { ...wall.today.waited, count: agents.reduce((sum, one) => sum + one.answered, 0) },
    },
    longest_waiting_since: waited.sort()[0] ?? null,
    needs_you: wall.needs_you.filter(
      (one) =>
        (one.queue_id && team.queues.includes(one.queue_id)) || (one.agent_id && team.agents.includes(one.agent_id)),
    ),
  }
}
