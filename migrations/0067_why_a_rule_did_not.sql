-- Why a rule did nothing is reckoned from events when somebody asks (docs/decisions/0067): no look is written for it.

drop table rule_look;
