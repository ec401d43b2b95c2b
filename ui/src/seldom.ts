// What few ask for each time, in one part that is loaded when the first of it is wanted. Two parts would
// share pieces with the rest in more than one file, and each file is a request of the first load.
export { AddCamera } from "./cameras/add";
export { CameraDevices } from "./devices/camera_devices";
export { DevicesPage } from "./devices/page";
export { FilmDialog } from "./live/film";
export { PictureDialog } from "./live/picture_dialog";
export { DetectorSection } from "./objects/detector";
export { LiveBoxes } from "./objects/live_boxes";
export { ObjectList } from "./objects/list";
export { ObjectsPanel } from "./objects/panel";
export { PtzPanel } from "./live/ptz";
export { MotionPage } from "./motion/page";
