//! The 80 classes of COCO, which most detectors know.

use watchpost_model::Label;

/// In the order of the 2017 detection task, as the YOLO family numbers them
/// (<https://cocodataset.org/#detection-2017>).
const NAMES: [&str; 80] = [
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "dining table",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
];

/// How many there are.
pub(crate) const COUNT: usize = NAMES.len();

/// The names, by number.
pub(crate) fn labels() -> Vec<Label> {
    NAMES.iter().filter_map(|name| name.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_label_and_no_two_are_alike() {
        let labels = labels();
        assert_eq!(labels.len(), COUNT);
        assert_eq!(labels.iter().collect::<std::collections::BTreeSet<_>>().len(), COUNT);
        assert_eq!((labels[0].as_str(), labels[79].as_str()), ("person", "toothbrush"));
    }
}
