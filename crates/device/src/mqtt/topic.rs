//! Which topics a filter means.

/// Whether a message on `topic` is one that `filter` asks for: MQTT 3.1.1, section 4.7.
///
/// `+` stands for one level, `#` at the end for any number of them, none included; neither stands for
/// the first level of a topic that begins with `$`, for those are the broker's own.
pub(super) fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_filter_means_the_topics_that_the_standard_says() {
        for (filter, topic) in [
            ("salle/mouvement", "salle/mouvement"),
            ("sport/tennis/player1/#", "sport/tennis/player1"),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
            ("sport/#", "sport"),
            ("#", "a/b/c"),
            ("sport/tennis/+", "sport/tennis/player1"),
            ("sport/+", "sport/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("+/tennis/#", "sport/tennis"),
            ("$SYS/#", "$SYS/broker/uptime"),
            ("$SYS/monitor/+", "$SYS/monitor/Clients"),
        ] {
            assert!(matches(filter, topic), "{filter} means {topic}");
        }
        for (filter, topic) in [
            ("salle/mouvement", "salle/Mouvement"),
            ("salle/mouvement", "salle/mouvement/"),
            ("salle/mouvement", "salle"),
            ("sport/tennis/+", "sport/tennis/player1/ranking"),
            ("sport/+", "sport"),
            ("+", "/finance"),
            ("#", "$SYS/broker/uptime"),
            ("+/monitor/Clients", "$SYS/monitor/Clients"),
            ("a/#", "b/a"),
        ] {
            assert!(!matches(filter, topic), "{filter} does not mean {topic}");
        }
    }
}
