//! Which of many goes with which of many others, so that all together fit best.
//!
//! Source: Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics
//! Quarterly 2, 1955, by shortest augmenting paths with potentials: Jonker and Volgenant, "A shortest
//! augmenting path algorithm for dense and sparse linear assignment problems", Computing 38, 1987.

/// What it costs to leave a row without a column. Pairs that cost as much are not made.
pub(super) const ALONE: f32 = 50.0;

/// For each of `rows` the column it goes with, if any. No column goes with two, and the sum of the
/// costs is the least there is. `cost` gives what a pair costs, at least any finite number, or `None`
/// where it cannot be.
///
/// Takes time in proportion to `rows`² · (`rows` + `columns`).
pub(super) fn assign(
    rows: usize,
    columns: usize,
    cost: impl Fn(usize, usize) -> Option<f32>,
) -> Vec<Option<usize>> {
    // A column more for each row, in which it is alone: then every row has one.
    let width = columns + rows;
    let mut costs = vec![ALONE; rows * width];
    for row in 0..rows {
        for column in 0..columns {
            let known = cost(row, column).filter(|cost| cost.is_finite());
            // Cannot be: dearer than anybody's being alone, so it never is.
            costs[row * width + column] = known.unwrap_or(f32::from(u16::MAX));
        }
    }
    let owner = match_all(rows, width, &costs);
    let mut partner = vec![None; rows];
    for (column, row) in owner.iter().enumerate().take(columns) {
        if let Some(row) = *row
            && costs[row * width + column] < ALONE
        {
            partner[row] = Some(column);
        }
    }
    partner
}

/// For each column the row that it goes with; each row has one. There are at least as many columns as
/// rows.
fn match_all(rows: usize, width: usize, costs: &[f32]) -> Vec<Option<usize>> {
    let mut owner: Vec<Option<usize>> = vec![None; width];
    let (mut of_row, mut of_column) = (vec![0.0_f32; rows], vec![0.0_f32; width]);
    for new in 0..rows {
        // Dijkstra's search for the cheapest chain of changes that gives `new` a column.
        let mut least = vec![f32::INFINITY; width];
        let mut before: Vec<Option<usize>> = vec![None; width];
        let mut done = vec![false; width];
        let (mut row, mut from, mut reached) = (new, None, Vec::new());
        let end = loop {
            let mut nearest: Option<usize> = None;
            for column in (0..width).filter(|column| !done[*column]) {
                let dear = costs[row * width + column] - of_row[row] - of_column[column];
                if dear < least[column] {
                    (least[column], before[column]) = (dear, from);
                }
                if nearest.is_none_or(|nearest| least[column] < least[nearest]) {
                    nearest = Some(column);
                }
            }
            // There are more columns than rows that were reached, so one is left.
            let Some(column) = nearest else { break None };
            let step = least[column];
            of_row[new] += step;
            for &(column, row) in &reached {
                let (column, row): (usize, usize) = (column, row);
                of_row[row] += step;
                of_column[column] -= step;
            }
            for column in (0..width).filter(|column| !done[*column]) {
                least[column] -= step;
            }
            done[column] = true;
            let Some(next) = owner[column] else { break Some(column) };
            reached.push((column, next));
            (row, from) = (next, Some(column));
        };
        let mut column = end;
        while let Some(to) = column {
            owner[to] = before[to].map_or(Some(new), |from| owner[from]);
            column = before[to];
        }
    }
    owner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_counts_and_not_who_comes_first() {
        let costs = [[1.0, 2.0], [1.5, 9.0]];
        assert_eq!(assign(2, 2, |row, column| Some(costs[row][column])), [Some(1), Some(0)]);
    }

    #[test]
    fn what_cannot_be_or_is_too_dear_stays_alone() {
        let costs = [[None, Some(ALONE + 1.0)], [Some(f32::NAN), Some(3.0)]];
        assert_eq!(assign(2, 2, |row, column| costs[row][column]), [None, Some(1)]);
        assert_eq!(assign(2, 0, |_, _| None), [None, None]);
        assert!(assign(0, 3, |_, _| None).is_empty());
    }

    /// Against every way there is.
    #[test]
    fn no_way_is_cheaper() {
        let mut state = 7_u64;
        let mut chance = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            u16::try_from(state >> 48).unwrap()
        };
        for round in 0..300_usize {
            let (rows, columns) = (1 + round % 5, (round / 5) % 6);
            let costs: Vec<Vec<Option<f32>>> = (0..rows)
                .map(|_| {
                    let draw = |value: u16| {
                        (!value.is_multiple_of(4)).then(|| f32::from(value % 997) / 40.0)
                    };
                    (0..columns).map(|_| draw(chance())).collect()
                })
                .collect();
            let made = assign(rows, columns, |row, column| costs[row][column]);
            let sum: f32 = made
                .iter()
                .enumerate()
                .map(|(row, column)| column.map_or(ALONE, |column| costs[row][column].unwrap()))
                .sum();
            let mut taken: Vec<usize> = made.iter().flatten().copied().collect();
            taken.sort_unstable();
            taken.dedup();
            assert_eq!(taken.len(), made.iter().flatten().count());
            let best = cheapest(&costs, 0, &mut vec![false; columns]);
            assert!((sum - best).abs() < 1e-2, "{costs:?} {made:?} {sum} {best}");
        }
    }

    fn cheapest(costs: &[Vec<Option<f32>>], row: usize, taken: &mut Vec<bool>) -> f32 {
        let Some(own) = costs.get(row) else { return 0.0 };
        let mut best = ALONE + cheapest(costs, row + 1, taken);
        for (column, cost) in own.iter().enumerate() {
            if let Some(cost) = *cost
                && !taken[column]
            {
                taken[column] = true;
                best = best.min(cost + cheapest(costs, row + 1, taken));
                taken[column] = false;
            }
        }
        best
    }
}
