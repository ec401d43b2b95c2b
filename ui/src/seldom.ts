// What few ask for each time, in one part that is loaded when the first of it is wanted.
export { AddCamera } from "./cameras/add";
export { FilmDialog } from "./live/film";
export { PictureDialog } from "./live/picture_dialog";
export { PtzPanel } from "./live/ptz";
