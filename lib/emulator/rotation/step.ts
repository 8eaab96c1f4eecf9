/** The steps of a rotation, spelled as in the event. They run in this order. */
export type RotationStep = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';
