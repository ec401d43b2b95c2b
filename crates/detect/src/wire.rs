//! What recorder and detect worker say to each other.
