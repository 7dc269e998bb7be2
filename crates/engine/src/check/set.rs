//! A set of steps by index: one bit a step, so that thousands of them stay small and quick.

const BITS: usize = u64::BITS as usize;

/// A set of steps, by their index in written order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct StepSet {
    words: Vec<u64>,
}

impl StepSet {
    /// Says whether a step is in it.
    pub fn contains(&self, step: usize) -> bool {
        self.words.get(step / BITS).is_some_and(|word| word >> (step % BITS) & 1 == 1)
    }

    /// Returns its steps, in written order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words
            .iter()
            .enumerate()
            .flat_map(|(at, word)| bits(*word).map(move |bit| at * BITS + bit))
    }

    /// Returns how many steps are in it.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Says whether no step is in it.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Adds a step.
    pub fn insert(&mut self, step: usize) {
        let at = step / BITS;
        if self.words.len() <= at {
            self.words.resize(at + 1, 0);
        }
        self.words[at] |= 1 << (step % BITS);
    }

    /// Adds all steps of another set.
    pub fn union(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }
}

fn bits(word: u64) -> impl Iterator<Item = usize> {
    let mut left = word;
    std::iter::from_fn(move || {
        (left != 0).then(|| {
            let bit = left.trailing_zeros() as usize;
            left &= left - 1;
            bit
        })
    })
}

impl FromIterator<usize> for StepSet {
    fn from_iter<I: IntoIterator<Item = usize>>(steps: I) -> Self {
        let mut set = Self::default();
        steps.into_iter().for_each(|step| set.insert(step));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::StepSet;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set: StepSet = [0, 63, 64, 200].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 200]);
        assert_eq!(set.len(), 4);
        assert!(set.contains(64) && !set.contains(65) && !set.contains(100_000));
    }

    #[test]
    fn a_union_holds_both() {
        let mut small: StepSet = [1].into_iter().collect();
        small.union(&[2, 500].into_iter().collect());
        assert_eq!(small.iter().collect::<Vec<_>>(), [1, 2, 500]);
        assert!(StepSet::default().is_empty() && !small.is_empty());
    }
}
