//! A condition over members, as a program without recursion: `a and (b or c) and not d`.

use crate::plan::Expression;

/// Deepest condition.
const MAX_DEPTH: usize = 32;
/// Longest program.
const MAX_STEPS: usize = 1_024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    And(usize),
    Or(usize),
    Not,
    Member(usize),
}

/// The condition in the order in which it is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    steps: Vec<Step>,
    /// Whether anything is negated: then only a whole window can tell.
    pub has_negation: bool,
}

impl Program {
    /// Reads a condition over so many members.
    ///
    /// # Errors
    /// It names a member that is not there, joins nothing, or is too large.
    pub fn new(expression: &Expression, members: usize) -> Result<Self, &'static str> {
        let mut program = Self {
            steps: Vec::new(),
            has_negation: false,
        };
        program.add(expression, members, 0)?;
        Ok(program)
    }

    /// The document's depth is bounded by its reader, and here again.
    fn add(
        &mut self,
        expression: &Expression,
        members: usize,
        depth: usize,
    ) -> Result<(), &'static str> {
        if depth >= MAX_DEPTH || self.steps.len() >= MAX_STEPS {
            return Err("the condition is too large");
        }
        match expression {
            Expression::And(parts) | Expression::Or(parts) if parts.is_empty() => {
                return Err("`and` or `or` of nothing");
            }
            Expression::And(parts) | Expression::Or(parts) => {
                for part in parts {
                    self.add(part, members, depth + 1)?;
                }
                self.steps
                    .push(if matches!(expression, Expression::And(_)) {
                        Step::And(parts.len())
                    } else {
                        Step::Or(parts.len())
                    });
            }
            Expression::Not(part) => {
                self.add(part, members, depth + 1)?;
                self.has_negation = true;
                self.steps.push(Step::Not);
            }
            Expression::Member(place) if *place >= members => {
                return Err("a member that is not in the list");
            }
            Expression::Member(place) => self.steps.push(Step::Member(*place)),
        }
        Ok(())
    }

    /// Whether the condition holds for those that were seen.
    pub fn holds(&self, mut was_seen: impl FnMut(usize) -> bool) -> bool {
        let mut stack: Vec<bool> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let truth = match *step {
                Step::Member(place) => was_seen(place),
                Step::Not => !stack.pop().unwrap_or(false),
                Step::And(count) => {
                    let parts = stack.split_off(stack.len().saturating_sub(count));
                    parts.into_iter().all(|part| part)
                }
                Step::Or(count) => {
                    let parts = stack.split_off(stack.len().saturating_sub(count));
                    parts.into_iter().any(|part| part)
                }
            };
            stack.push(truth);
        }
        stack.pop().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_true_exactly_for_the_rows_of_its_table() {
        // 0 and (1 or 2) and not 3
        let member = Expression::Member;
        let expression = Expression::And(vec![
            member(0),
            Expression::Or(vec![member(1), member(2)]),
            Expression::Not(Box::new(member(3))),
        ]);
        let program = Program::new(&expression, 4).unwrap();
        assert!(program.has_negation);
        for row in 0..16_u32 {
            let seen = |place: usize| row >> place & 1 == 1;
            let expected = seen(0) && (seen(1) || seen(2)) && !seen(3);
            assert_eq!(program.holds(seen), expected, "row {row:04b}");
        }
        assert!(Program::new(&member(4), 4).is_err());
        assert!(Program::new(&Expression::Or(vec![]), 4).is_err());
    }
}
